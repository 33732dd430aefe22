package io.kubehv.vmbus.machine;

import io.kubehv.api.v1alpha1.Accelerator;
import io.kubehv.api.v1alpha1.Guest;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.vmbus.event.MachineEvent;
import io.kubehv.vmbus.fault.HypervisorRefusedException;
import io.kubehv.vmbus.status.MachineReport;
import io.kubehv.vmbus.status.MachineReport.AgentReport;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Brings one QEMU towards what is wanted, one step after the other: observe, decide by {@link PowerTable}, act, and tell
 * what came of it. Each step begins with what QEMU says, so that a step whose outcome is unknown is simply looked at
 * again. For one thread: its session's.
 */
final class MachineControl {
    /** A step that changes something is followed by another at once; more than this means that QEMU doesn't obey. */
    private static final int LONGEST_CHAIN = 6;

    private static final Duration SOON = Duration.ofMillis(200);
    private static final Duration DISK_RETRY = Duration.ofSeconds(10);

    /** When nothing is to be done: a look at whether an event was missed. */
    private static final Duration QUIET = Duration.ofSeconds(30);

    /** By when the API server has told a new daemon what an earlier one wrote last, and that there is a save pod. */
    private static final Duration NEWS = Duration.ofSeconds(30);

    private final MachineOutlet outlet;
    private final LongSupplier nanoTime;
    private final OrderlyShutdown shutdown;
    private final SaveProcedure save;
    private final ResumeProcedure resume;
    private final BooleanSupplier agentShutdown;

    private PodFacts pod;
    private PowerState wanted = PowerState.OFF;
    /** Null until the VM's object is known: what its pod was granted counts then. */
    private @Nullable Duration grace;

    private @Nullable String wantedReset;
    private @Nullable String doneReset;
    private boolean savedIsKnown;
    private long connectedAt;
    private boolean endExpected;
    private @Nullable Long lastDiskRetry;
    private MachineReport report = MachineReport.of(null);

    /**
     * Control of a QEMU.
     *
     * @param agentShutdown asks the guest's agent to shut down, in the background; false when there is no agent
     */
    MachineControl(
            PodFacts pod,
            MachineOutlet outlet,
            SaveProcedure save,
            ResumeProcedure resume,
            BooleanSupplier agentShutdown,
            LongSupplier nanoTime) {
        this.pod = pod;
        this.outlet = outlet;
        this.save = save;
        this.resume = resume;
        this.agentShutdown = agentShutdown;
        this.nanoTime = nanoTime;
        this.shutdown = new OrderlyShutdown(nanoTime);
    }

    void podIs(PodFacts facts) {
        pod = facts;
        beginShutdown();
    }

    void wants(PowerState powerState, Duration gracePeriod, @Nullable String reset) {
        wanted = powerState;
        grace = gracePeriod;
        wantedReset = reset;
        beginShutdown();
    }

    private void beginShutdown() {
        if (pod.deleting()) {
            shutdown.begin(grace == null ? pod.grace() : grace, pod.grace());
        }
    }

    /** A QEMU is connected, the first time or again. What the status says goes on to be true of a guest that has begun. */
    void connected(Hypervisor qemu, MachineReport known) {
        Phase phase = Phase.ofRunState(qemu.runState());
        boolean fresh = phase == Phase.NOT_STARTED;
        if (report.state() == null) {
            takeOver(phase, known.state());
        }
        connectedAt = nanoTime.getAsLong();
        if (fresh) {
            doneReset = wantedReset;
        } else if (doneReset == null) {
            // What this life has done counts more: its report may not have reached the API server yet.
            doneReset = known.resetAt();
        }
        report = new MachineReport(
                known.state(),
                qemu.usesKvm() ? Accelerator.KVM : Accelerator.TCG,
                fresh ? null : known.guest(),
                doneReset,
                fresh || known.agent() == null ? AgentReport.NOT_CONNECTED : known.agent());
    }

    /** What an earlier life of the daemon was at, as far as the guest and the status tell. */
    private void takeOver(Phase phase, @Nullable VirtualMachineState told) {
        // It may have told that the guest runs and stopped it since, to save it. Of a guest that was being saved nobody
        // knows any more whether it ran; one that goes on does less harm than one that stands still for ever.
        boolean ran = told == VirtualMachineState.RUNNING || told == VirtualMachineState.SAVING;
        boolean stands = phase == Phase.PAUSED || phase == Phase.MEMORY_SENT || phase == Phase.BUSY;
        if (ran && stands) {
            save.guestRan();
        }
        statusIs(phase, told);
    }

    /** The VM's status, as the API server has it now. */
    void statusIs(Hypervisor qemu, @Nullable VirtualMachineState told) {
        if (told == VirtualMachineState.SAVED) {
            statusIs(Phase.ofRunState(qemu.runState()), told);
        }
    }

    private void statusIs(Phase phase, @Nullable VirtualMachineState told) {
        if (phase == Phase.MEMORY_SENT && told == VirtualMachineState.SAVED) {
            save.wasCompleted();
            savedIsKnown = true;
        }
    }

    void agentIs(AgentReport agent, @Nullable Guest guest) {
        report = new MachineReport(
                report.state(), report.accelerator(), guest == null ? report.guest() : guest, report.resetAt(), agent);
    }

    /** The operator can know that the memory is saved: QEMU may go. */
    void savedIsKnown() {
        savedIsKnown = true;
    }

    /** Whether it was this daemon that ended QEMU. */
    boolean isEndExpected() {
        return endExpected;
    }

    /** QEMU is gone: what remains to be said of it. */
    void ended() {
        VirtualMachineState last =
                report.state() == VirtualMachineState.SAVED ? VirtualMachineState.SAVED : VirtualMachineState.STOPPING;
        tell(new MachineReport(last, null, null, report.resetAt(), null));
    }

    /**
     * Goes as far as it can at once.
     *
     * @return after what time to call again, if nothing happens before
     */
    Duration step(Hypervisor qemu) {
        for (int steps = 0; steps < LONGEST_CHAIN; steps++) {
            Phase phase = resume.observe(qemu, save.observe(qemu, Phase.ofRunState(qemu.runState())));
            Goal goal = Goal.of(wanted, pod.deleting(), save.isPossible() && !shutdown.isTimeUp());
            if (goal == Goal.PAUSE) {
                save.isOver();
            }
            Action action = adapt(PowerTable.next(goal, phase), goal, phase);
            if (!act(qemu, action, phase)) {
                report(goal, phase);
                return untilNext(goal, phase);
            }
        }
        return SOON;
    }

    /** What the table can't know: the time, a save that failed, and what lies on volumes. */
    private Action adapt(Action next, Goal goal, Phase phase) {
        boolean restores = goal == Goal.LEAVE && save.mustGoOn();
        Action action = restores && (phase == Phase.PAUSED || phase == Phase.MEMORY_SENT) ? Action.CONTINUE : next;
        if (goal == Goal.STOP && shutdown.isTimeUp() && action != Action.FINISH_SAVE && phase != Phase.ENDED) {
            return Action.TURN_OFF;
        }
        if (action != Action.CONTINUE) {
            return action;
        }
        boolean waits = switch (phase) {
            case DISK_ERROR -> !isDiskRetryDue();
            // Without the save pod nobody can look whether the memory is whole, and the operator go on from it.
            case MEMORY_SENT -> !save.canDiscard() && !(goal == Goal.RUN && isNewsOverdue());
            default -> false;
        };
        return waits ? Action.NONE : action;
    }

    private boolean isNewsOverdue() {
        return nanoTime.getAsLong() - connectedAt >= NEWS.toNanos();
    }

    /** Returns whether something changed that makes another look worthwhile at once. */
    private boolean act(Hypervisor qemu, Action action, Phase phase) {
        return switch (action) {
            case NONE -> phase == Phase.RUNNING && resetIfWanted(qemu);
            case CONTINUE -> {
                goOn(qemu, phase);
                yield phase != Phase.DISK_ERROR;
            }
            case PAUSE -> {
                // Seen only where it takes a while: flushing to a slow disk, or a hypervisor that does not answer.
                report(Goal.PAUSE, phase);
                qemu.pause();
                yield true;
            }
            case LOAD_MEMORY -> {
                resume.begin(qemu);
                yield true;
            }
            case SAVE_MEMORY -> {
                save.begin(qemu, phase == Phase.RUNNING);
                yield true;
            }
            case CANCEL_SAVE -> {
                save.cancel(qemu);
                yield false;
            }
            case FINISH_SAVE -> {
                finishSave(qemu);
                yield false;
            }
            case SHUT_DOWN -> {
                askToShutDown(qemu);
                yield false;
            }
            case TURN_OFF -> {
                turnOff(qemu, phase);
                yield false;
            }
        };
    }

    private void goOn(Hypervisor qemu, Phase phase) {
        if (pod.resuming()) {
            // Whatever the guest stands still for: a memory can be of a guest whose disk was full.
            resume.consume();
        }
        if (phase == Phase.MEMORY_SENT) {
            save.discard();
        }
        if (phase == Phase.DISK_ERROR) {
            lastDiskRetry = nanoTime.getAsLong();
        }
        qemu.resume();
        save.isOver();
    }

    private boolean resetIfWanted(Hypervisor qemu) {
        String asked = wantedReset;
        if (asked == null || asked.equals(doneReset)) {
            return false;
        }
        String before = doneReset;
        // Before its outcome is known: a reset that may have been done must not be done again.
        doneReset = asked;
        try {
            qemu.reset();
        } catch (HypervisorRefusedException e) {
            doneReset = before;
            throw e;
        }
        outlet.happened(MachineEvent.GUEST_RESET, "asked " + asked, "It was asked for at " + asked + ".");
        return true;
    }

    private void finishSave(Hypervisor qemu) {
        if (savedIsKnown) {
            endExpected = true;
            outlet.happened(MachineEvent.SAVED, "", "");
            qemu.quit();
        }
    }

    /** By the agent the first time, as it needs nobody at the guest's buttons; then by the button, which needs no agent. */
    private void askToShutDown(Hypervisor qemu) {
        if (!shutdown.isRequestDue()) {
            return;
        }
        boolean byAgent = shutdown.isFirstRequest() && agentShutdown.getAsBoolean();
        if (!byAgent) {
            qemu.powerDown();
        }
        if (shutdown.isFirstRequest()) {
            String means = byAgent ? "By its agent." : "By its power button.";
            outlet.happened(MachineEvent.SHUTDOWN_REQUESTED, "", means);
        }
        shutdown.requested();
        endExpected = true;
    }

    private void turnOff(Hypervisor qemu, Phase phase) {
        if (phase != Phase.NOT_STARTED && phase != Phase.AWAITING_MEMORY) {
            outlet.happened(MachineEvent.SHUTDOWN_TIMED_OUT, "", "");
        }
        endExpected = true;
        qemu.quit();
    }

    private boolean isDiskRetryDue() {
        return lastDiskRetry == null || nanoTime.getAsLong() - lastDiskRetry >= DISK_RETRY.toNanos();
    }

    private void report(Goal goal, Phase phase) {
        VirtualMachineState state = PowerTable.state(goal, phase).orElse(report.state());
        boolean over = state == VirtualMachineState.SAVED;
        tell(
                over
                        ? new MachineReport(state, null, null, doneReset, null)
                        : new MachineReport(state, report.accelerator(), report.guest(), doneReset, report.agent()));
    }

    private void tell(MachineReport next) {
        report = next;
        if (next.state() != null) {
            outlet.report(next);
        }
    }

    private Duration untilNext(Goal goal, Phase phase) {
        return switch (phase) {
            case BUSY, LOADING, SAVING, SAVED -> SOON;
            case DISK_ERROR -> goal == Goal.STOP ? OrderlyShutdown.REPEAT : DISK_RETRY;
            case RUNNING, PAUSED, MEMORY_SENT, FAILED, NOT_STARTED, AWAITING_MEMORY, ENDED ->
                goal == Goal.STOP ? shutdown.untilNext() : QUIET;
        };
    }
}
