package io.kubehv.vmbus.machine;

import io.kubehv.api.v1alpha1.Guest;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.vmbus.event.MachineEvent;
import io.kubehv.vmbus.status.MachineReport;
import io.kubehv.vmbus.status.MachineReport.AgentReport;
import io.kubehv.vmbus.status.Trouble;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
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

    /** When nothing is to be done: a look at whether an event was missed. */
    private static final Duration QUIET = Duration.ofSeconds(30);

    /** By when the API server has told a new daemon what an earlier one wrote last, and that there is a save pod. */
    private static final Duration NEWS = Duration.ofSeconds(30);

    private final MachineOutlet outlet;
    private final LastReport report;
    private final LongSupplier nanoTime;
    private final OrderlyShutdown shutdown;
    private final SaveProcedure save;
    private final ResumeProcedure resume;
    private final BootProcedure boot;
    private final DiskErrors diskErrors;
    private final ThroughputWatch throughput;
    private final GuestReset reset = new GuestReset();
    private final ProcessorPlug processors = new ProcessorPlug();
    private final AutomaticStop stop = new AutomaticStop();
    private final MemoryPlug memory = new MemoryPlug();

    private PodFacts pod;
    private Wish wish = Wish.NOTHING;
    private boolean savedIsKnown;
    private long connectedAt;
    private boolean endExpected;

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
        this.report = new LastReport(outlet);
        this.save = save;
        this.resume = resume;
        this.nanoTime = nanoTime;
        this.shutdown = new OrderlyShutdown(nanoTime, agentShutdown);
        this.boot = new BootProcedure(nanoTime);
        this.diskErrors = new DiskErrors(nanoTime);
        this.throughput = new ThroughputWatch(nanoTime);
    }

    void podIs(PodFacts facts) {
        pod = facts;
        beginShutdown();
    }

    void wants(Wish asked) {
        wish = asked;
        beginShutdown();
    }

    /** The guest has reset itself. */
    void wasReset() {
        boot.begins();
    }

    /** The kubelet has begun to end the pod: for its deletion, or because its node shuts down or wants for memory. */
    void podEnds() {
        stop.podEnds();
        beginShutdown();
    }

    /** Whether the machine consists of the disks that it was started with. */
    void disksAreAsAtStart(boolean same) {
        stop.disksAreAsAtStart(same);
    }

    private boolean leaves() {
        return pod.deleting() || stop.isPodEnding();
    }

    private void beginShutdown() {
        if (leaves()) {
            shutdown.begin(wish.grace() == null ? pod.grace() : wish.grace(), pod.grace());
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
        processors.forget();
        memory.forget();
        if (fresh) {
            boot.begins();
            reset.isFresh(wish.reset());
        } else {
            reset.knows(known.resetAt());
            known.troubles().forEach(boot::knows);
            known.troubles().forEach(throughput::knows);
        }
        report.connected(qemu, known, fresh, reset.done(), troubles());
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
        report.agentIs(agent, guest);
    }

    /** The operator can know that the memory is saved: QEMU may go. */
    void savedIsKnown() {
        savedIsKnown = true;
    }

    /** Whether disks and network adapters may come and go: its guest is there to stay, and nobody writes down what the machine consists of. */
    boolean takesDevices() {
        boolean settled = report.state() == VirtualMachineState.RUNNING || report.state() == VirtualMachineState.PAUSED;
        return settled
                && !leaves()
                && (wish.powerState() == PowerState.RUNNING || wish.powerState() == PowerState.PAUSED);
    }

    /** Whether it was this daemon that ended QEMU. */
    boolean isEndExpected() {
        return endExpected;
    }

    /**
     * QEMU is gone: what remains to be said of it.
     *
     * @param told whether QEMU said before that the guest, or somebody outside, ends it
     */
    void ended(boolean told) {
        report.ended(told || endExpected, diskErrors.trouble().stream());
    }

    /**
     * Goes as far as it can at once.
     *
     * @return after what time to call again, if nothing happens before
     */
    Duration step(Hypervisor qemu) {
        for (int steps = 0; steps < LONGEST_CHAIN; steps++) {
            boolean saves = leaves() && stop.saves(wish, pod, processors.known());
            save.mayStayInPod(saves);
            Phase phase = resume.observe(qemu, save.observe(qemu, Phase.ofRunState(qemu.runState())));
            look(qemu, phase);
            PowerState wanted = saves ? PowerState.SAVED : wish.powerState();
            Goal goal = Goal.of(wanted, leaves(), save.isPossible() && !shutdown.isTimeUp());
            if (goal == Goal.PAUSE) {
                save.isOver();
            }
            Action action = adapt(PowerTable.next(goal, phase), goal, phase);
            if (!act(qemu, action, phase)) {
                if (phase == Phase.RUNNING || phase == Phase.PAUSED) {
                    memory.look(qemu);
                }
                report(goal, phase);
                if (goal == Goal.RUN && phase == Phase.RUNNING) {
                    plug(qemu);
                }
                return untilNext(goal, phase);
            }
        }
        return SOON;
    }

    private void plug(Hypervisor qemu) {
        if (memory.follow(qemu, wish, pod.memory())) {
            memory.look(qemu);
            report(Goal.RUN, Phase.RUNNING);
        }
        processors.follow(qemu, wish.processors());
    }

    private void look(Hypervisor qemu, Phase phase) {
        diskErrors.observe(phase);
        if (phase != Phase.RUNNING) {
            throughput.pause();
            return;
        }
        throughput.look(qemu, wish.minimums());
        if (isListening()) {
            boot.look(qemu);
        }
    }

    /** Once the guest's agent answers, something has booted. */
    private boolean isListening() {
        return wish.firmwareSpeaks() && report.agent() != AgentReport.CONNECTED;
    }

    /** What the table can't know: the time, a save that failed, and what lies on volumes. */
    private Action adapt(Action next, Goal goal, Phase phase) {
        boolean restores = goal == Goal.LEAVE && save.mustGoOn();
        Action action = restores && (phase == Phase.PAUSED || phase == Phase.MEMORY_SENT) ? Action.CONTINUE : next;
        if (goal == Goal.STOP && shutdown.isTimeUp() && action != Action.FINISH_SAVE && phase != Phase.ENDED) {
            return Action.TURN_OFF;
        }
        // Firmware that found no system has nobody to ask for a shutdown.
        boolean nobody = goal == Goal.STOP && boot.trouble().isPresent();
        nobody |= goal == Goal.STOP && stop.turnsOff(wish, pod);
        boolean hopeless = phase == Phase.DISK_ERROR && diskErrors.isHopeless(wish.errorPatience());
        if ((nobody && (phase == Phase.RUNNING || phase == Phase.PAUSED)) || hopeless) {
            return Action.TURN_OFF;
        }
        if (boot.holds(goal, wish) && (phase == Phase.RUNNING || phase == Phase.PAUSED)) {
            return phase == Phase.RUNNING ? Action.PAUSE : Action.NONE;
        }
        if (action != Action.CONTINUE) {
            return action;
        }
        boolean waits = switch (phase) {
            case DISK_ERROR -> !diskErrors.isRetryDue();
            // Without the save pod nobody can look whether the memory is whole, and the operator go on from it.
            case MEMORY_SENT ->
                !save.canDiscard() && !(goal == Goal.RUN && nanoTime.getAsLong() - connectedAt >= NEWS.toNanos());
            default -> false;
        };
        return waits ? Action.NONE : action;
    }

    /** Returns whether something changed that makes another look worthwhile at once. */
    private boolean act(Hypervisor qemu, Action action, Phase phase) {
        return switch (action) {
            case NONE -> (phase == Phase.RUNNING || boot.holds(Goal.RUN, wish)) && resetIfWanted(qemu);
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
                if (savedIsKnown) {
                    endExpected = true;
                    outlet.happened(MachineEvent.SAVED, "", "");
                    qemu.quit();
                }
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
            diskErrors.retried();
        }
        qemu.resume();
        save.isOver();
    }

    private boolean resetIfWanted(Hypervisor qemu) {
        String asked = wish.reset();
        if (!reset.pressIfAsked(qemu, asked)) {
            return false;
        }
        boot.begins();
        outlet.happened(MachineEvent.GUEST_RESET, "asked " + asked, "It was asked for at " + asked + ".");
        return true;
    }

    private void askToShutDown(Hypervisor qemu) {
        Optional<String> means = shutdown.ask(qemu);
        endExpected = true;
        means.ifPresent(how -> {
            stop.whyNotSaved(wish, pod, processors.known())
                    .ifPresent(why -> outlet.happened(MachineEvent.SAVE_NOT_POSSIBLE, "", why));
            outlet.happened(MachineEvent.SHUTDOWN_REQUESTED, "", how);
        });
    }

    private void turnOff(Hypervisor qemu, Phase phase) {
        if (phase == Phase.DISK_ERROR && !leaves()) {
            diskErrors.givenUp(wish.errorPatience());
            outlet.happened(MachineEvent.CRITICAL_ERROR_TIMED_OUT, "", "");
        } else if (phase != Phase.NOT_STARTED && phase != Phase.AWAITING_MEMORY && shutdown.isTimeUp()) {
            outlet.happened(MachineEvent.SHUTDOWN_TIMED_OUT, "", "");
        }
        if (leaves() && stop.turnsOff(wish, pod)) {
            outlet.happened(MachineEvent.TURNED_OFF, "", "");
        }
        endExpected = true;
        qemu.quit();
    }

    private void report(Goal goal, Phase phase) {
        boolean held = boot.holds(goal, wish) && phase == Phase.PAUSED;
        VirtualMachineState state = held
                ? VirtualMachineState.PAUSED
                : PowerTable.state(goal, phase).orElse(report.state());
        report.tell(state, reset.done(), troubles(), memory.seen());
    }

    private Stream<Trouble> troubles() {
        return Stream.of(boot.trouble(), diskErrors.trouble(), throughput.trouble())
                .flatMap(Optional::stream);
    }

    private Duration untilNext(Goal goal, Phase phase) {
        return switch (phase) {
            case BUSY, LOADING, SAVING, SAVED -> SOON;
            case DISK_ERROR -> goal == Goal.STOP ? OrderlyShutdown.REPEAT : diskErrors.untilNext(wish.errorPatience());
            case RUNNING -> {
                Duration calm = diskErrors.trouble().isPresent() ? DiskErrors.RETRY : QUIET;
                Duration quiet = goal == Goal.STOP ? shutdown.untilNext() : throughput.untilNext(wish.minimums(), calm);
                yield isListening() ? boot.untilNext(quiet) : quiet;
            }
            case PAUSED, MEMORY_SENT, FAILED, NOT_STARTED, AWAITING_MEMORY, ENDED ->
                goal == Goal.STOP ? shutdown.untilNext() : QUIET;
        };
    }
}
