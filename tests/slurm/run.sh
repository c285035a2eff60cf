#!/bin/bash
# A sweep under a real Slurm of one node: a job array, a worker killed in the middle, queued again;
# afterwards every cell has exactly one result. As root, in a container or a test machine: it starts
# munged, slurmctld and slurmd of its own, with everything they keep in a folder under /tmp.
set -euo pipefail
cd "$(dirname "$0")/../.."
bin="${1:-build/release/bin}"
tasks=4 cells=12
work="$(mktemp -d /tmp/smprig-slurm.XXXXXX)"
export SLURM_CONF="$work/slurm.conf" PATH="$PWD/$bin:$PATH"
pids=()
finish() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

start_slurm() {
    local host
    host="$(hostname -s)"
    mkdir -p "$work/state" "$work/spool" "$work/munge"
    chmod 711 "$work"
    dd if=/dev/urandom of="$work/munge/key" bs=1 count=1024 status=none
    chmod 400 "$work/munge/key"
    munged --foreground --force --key-file="$work/munge/key" --socket="$work/munge/socket" \
        --pid-file="$work/munge/pid" --log-file="$work/munge/log" --seed-file="$work/munge/seed" >"$work/munge.out" 2>&1 &
    pids+=($!)
    cat >"$SLURM_CONF" <<CONF
ClusterName=smprig
SlurmctldHost=$host
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge/socket
CredType=cred/munge
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
SlurmctldPort=16817
SlurmdPort=16818
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
MpiDefault=none
NodeName=$host CPUs=2 RealMemory=1000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
    sleep 1
    slurmctld -D >"$work/ctld.out" 2>&1 & pids+=($!)
    slurmd -D >"$work/slurmd.out" 2>&1 & pids+=($!)
    for _ in $(seq 60); do
        sinfo -h -o %T 2>/dev/null | grep -q idle && return
        sleep 1
    done
    tail -5 "$work"/slurm*.log >&2
    return 1
}

results() { find "$work/out" -name result.json 2>/dev/null | wc -l; }

cat >"$work/sweep.yaml" <<YAML
name: slurm
scenarios: [{file: configs/scenarios/quiet_head.yaml}]
designs: [{file: configs/designs/patch.yaml}]
motions: [{file: still}, {file: breathing}]
seed_count: 6
dots: 30
YAML

start_slurm
job="$(sbatch --parsable --array=0-$((tasks - 1)) --chdir="$PWD" --output="$work/task-%a.log" --mem-per-cpu=400M \
    configs/sweeps/sweep.sbatch "$work/sweep.yaml" "$work/out")"
echo "job $job: $tasks tasks, $cells cells"
for _ in $(seq 240); do [ "$(results)" -ge 1 ] && break; sleep 0.25; done
echo "killing task 1 with $(results) results there"
# The worker and its running cell are killed as a node's death would kill them, and queued again.
running="$(squeue -h -t R -o %i | head -1)"
scancel --signal=KILL --full "$running" || true
scontrol requeue "$running" || true
for _ in $(seq 900); do
    [ -z "$(squeue -h)" ] && break
    sleep 0.5
done
echo "results: $(results) of $cells"
smprig sweep report "$work/out" | head -2
[ "$(results)" -eq "$cells" ]
# No cell was run by two tasks: each result has one log, and the report counts each once.
[ "$(tail -n +2 "$work/out/sweep.csv" | cut -d, -f1 | sort -u | wc -l)" -eq "$cells" ]
[ "$(grep -c ',passed,' "$work/out/sweep.csv")" -eq "$cells" ]
echo "slurm: every cell has one result"
