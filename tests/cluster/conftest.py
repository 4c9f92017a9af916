"""Slurm on this machine alone: controller, one node and authentication, all on the loopback.

    with Slurm(folder) as cluster:
        cluster.run("srun", "hostname")
        cluster.kill_node()
        cluster.start_node()

Needs root and Debian's packages slurm-wlm and munge. /etc/slurm/slurm.conf leads to this cluster as long as it lives: jobs of
Snakemake's plug-in forget the variable SLURM_CONF.
"""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

PROGRAMS = ("munged", "slurmctld", "slurmd", "sinfo", "scancel")
PLUGIN = "snakemake_executor_plugin_slurm"
CONFIGURATION_FILE = Path("/etc/slurm/slurm.conf")
CORES = 8
"""As many as a job of the profile asks for; with config_overrides Slurm does not look how many there are."""
SECONDS_TO_START = 60
CONFIGURATION = """
ClusterName=loopback
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
SlurmdTimeout=5
SlurmdParameters=config_overrides
MinJobAge=300
MpiDefault=none
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} RealMemory=60000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def missing() -> str:
    """Why Slurm cannot be started here, or ""."""
    absent = [program for program in PROGRAMS if shutil.which(program) is None]
    if absent:
        return f"{', '.join(absent)} not found; install slurm-wlm and munge"
    if CONFIGURATION_FILE.exists():
        return f"this machine belongs to a cluster: {CONFIGURATION_FILE} is there"
    return "" if os.geteuid() == 0 else "only root can start Slurm's daemons"


@dataclass
class Slurm:
    """A cluster of one node whose files are all in `folder` (a short path: sockets need that)."""

    folder: Path

    def __enter__(self) -> "Slurm":
        for name in ("state", "spool"):
            (self.folder / name).mkdir(parents=True)
        ports = dict(zip(("controller_port", "node_port"), free_ports(2), strict=True))
        facts = {"host": socket.gethostname(), "folder": self.folder, "cores": CORES}
        CONFIGURATION_FILE.parent.mkdir(exist_ok=True)
        CONFIGURATION_FILE.write_text(CONFIGURATION.format(**facts, **ports))
        self._start_munge()
        self.run("slurmctld")
        self.start_node()
        return self

    def __exit__(self, *_: object) -> None:
        for daemon in ("slurmd", "slurmctld", "munged"):
            self._signal(daemon, signal.SIGKILL)
        CONFIGURATION_FILE.unlink()

    def run(self, *words: str) -> str:
        """The output of one of Slurm's commands."""
        done = subprocess.run(words, text=True, check=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE)
        return done.stdout

    def start_node(self) -> None:
        """Start the node's daemon, and wait until the controller gives it work."""
        self.run("slurmd")
        self._wait_for(("idle", "mix", "alloc"))

    def kill_node(self) -> None:
        """Kill the node's daemon and all that it runs, and wait until the controller knows."""
        self._signal("slurmd", signal.SIGKILL)
        for stepd in children_named("slurmstepd"):
            os.killpg(os.getpgid(stepd), signal.SIGKILL)
        self._wait_for(("down",))

    def jobs(self) -> int:
        """How many jobs run now."""
        return len(self.run("squeue", "--noheader", "--states=RUNNING").splitlines())

    def _start_munge(self) -> None:
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        files = {"socket": "munge.socket", "key-file": "munge.key", "pid-file": "munged.pid",
                 "log-file": "munged.log", "seed-file": "munge.seed"}
        options = [f"--{option}={self.folder / name}" for option, name in files.items()]
        self.run("munged", "--force", *options)

    def _wait_for(self, states: tuple[str, ...]) -> None:
        state = ""
        for _ in range(2 * SECONDS_TO_START):
            state = self.run("sinfo", "--noheader", "--format=%t").strip()
            if state.rstrip("*~#$@+") in states:
                return
            time.sleep(0.5)
        raise TimeoutError(f"the node is {state!r} and not {' or '.join(states)}; "
                           f"see {self.folder}/slurmctld.log")

    def _signal(self, daemon: str, number: int) -> None:
        pid_file = self.folder / f"{daemon}.pid"
        if pid_file.is_file():
            with suppress(ProcessLookupError):
                os.kill(int(pid_file.read_text()), number)


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that nothing listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def children_named(name: str) -> list[int]:
    """Process numbers of programs called `name`."""
    done = subprocess.run(["pgrep", "-x", name], text=True, check=False, stdout=subprocess.PIPE)
    return [int(line) for line in done.stdout.split()]


@pytest.fixture
def cluster():
    if reason := missing():
        pytest.skip(reason)
    if importlib.util.find_spec(PLUGIN) is None:
        pytest.skip("Snakemake's plug-in for Slurm is not installed: pip install --no-deps -r envs/slurm.txt")
    with tempfile.TemporaryDirectory(prefix="slurm") as folder, Slurm(Path(folder)) as cluster:
        yield cluster
