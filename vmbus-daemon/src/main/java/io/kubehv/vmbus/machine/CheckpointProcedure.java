package io.kubehv.vmbus.machine;

import io.kubehv.api.v1alpha1.CheckpointCapture;
import io.kubehv.api.v1alpha1.CheckpointCapture.Stage;
import io.kubehv.api.v1alpha1.CheckpointType;
import io.kubehv.vmbus.checkpoint.CheckpointOrder;
import io.kubehv.vmbus.checkpoint.CheckpointOutlet;
import io.kubehv.vmbus.checkpoint.DiskStates;
import io.kubehv.vmbus.disk.OwnDisk;
import io.kubehv.vmbus.fault.CheckpointException;
import io.kubehv.vmbus.fault.HypervisorLostException;
import io.kubehv.vmbus.fault.HypervisorRefusedException;
import io.kubehv.vmbus.fault.SaveException;
import io.kubehv.vmbus.fault.VmbusException;
import io.kubehv.vmbus.guest.AgentLink;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Taking checkpoints of one VM that runs. What is to be done is told before it is done, so that a next life of the daemon
 * knows what was broken off; and a checkpoint that does not come to its end leaves nothing. While the guest stands still or
 * is frozen, nothing else is done here. For one thread: its session's.
 */
final class CheckpointProcedure {
    private static final Logger LOG = System.getLogger(CheckpointProcedure.class.getName());
    private static final Duration NOTHING_TO_DO = Duration.ofHours(1);
    private static final Duration POLL = Duration.ofMillis(5);
    private static final Duration CALM_POLL = Duration.ofMillis(50);
    private static final Duration RETRY = Duration.ofSeconds(5);

    /** Where the procedure is. */
    private enum At {
        IDLE,
        /** The API server is being told that it begins. */
        TELLING,
        BEGINNING,
        /** Memory is sent, and not all of it is written yet. */
        SENDING
    }

    private final MachineFiles files;
    private final DiskStates states;
    private final CheckpointOutlet outlet;
    private final AgentLink agent;
    private final Executor mailbox;
    private final LongSupplier nanoTime;
    private final Supplier<List<OwnDisk>> own;

    private At at = At.IDLE;
    private @Nullable CheckpointOrder order;
    private @Nullable MemoryCapture memory;
    /** One that an earlier life of the daemon, or a connection that broke, left unfinished. */
    private @Nullable CheckpointOrder unfinished;

    private String why = "";
    private long retryAt;

    /**
     * A procedure without an order.
     *
     * @param mailbox brings what is told on other threads to the session's
     * @param own what the VM started with
     */
    CheckpointProcedure(
            MachineFiles files,
            DiskStates states,
            CheckpointOutlet outlet,
            AgentLink agent,
            Executor mailbox,
            LongSupplier nanoTime,
            Supplier<List<OwnDisk>> own) {
        this.files = files;
        this.states = states;
        this.outlet = outlet;
        this.agent = agent;
        this.mailbox = mailbox;
        this.nanoTime = nanoTime;
        this.own = own;
    }

    /** What is asked, or asked again. */
    void orderIs(CheckpointOrder asked) {
        if (asked.isSameAs(order) || asked.isSameAs(unfinished)) {
            return;
        }
        if (asked.capture() != null) {
            if (asked.isUnderWay()) {
                leave(asked, CheckpointOrder.INTERRUPTED);
            }
            return;
        }
        order = asked;
        at = At.TELLING;
        outlet.tell(
                asked,
                CheckpointCapture.of(Stage.STARTED, asked.type()),
                () -> mailbox.execute(() -> {
                    if (asked.isSameAs(order) && at == At.TELLING) {
                        at = At.BEGINNING;
                    }
                }));
    }

    /**
     * Goes as far as it can at once.
     *
     * @param mayTake whether the guest is there to stay
     * @param complete whether the machine is the one that it was started as, which a memory needs to go on in
     * @return after what time to call again, with nothing else done to the VM meanwhile; empty: it may be seen to
     */
    Optional<Duration> step(Hypervisor qemu, boolean mayTake, boolean complete) {
        letGoOn(qemu);
        cleanUp();
        CheckpointOrder current = order;
        if (current == null || at == At.IDLE || at == At.TELLING) {
            return Optional.empty();
        }
        try {
            if (!mayTake) {
                throw new CheckpointException(
                        "MachineChanged", "the VM was turned off, saved or moved while it was taken");
            }
            if (at == At.BEGINNING) {
                begin(qemu, current, complete);
                return Optional.of(POLL);
            }
            return sending(qemu, current);
        } catch (HypervisorLostException e) {
            leave(current, "the connection to its hypervisor broke while it was taken; make a new Checkpoint");
            throw e;
        } catch (CheckpointException e) {
            fail(qemu, current, e.reason(), String.valueOf(e.getMessage()));
        } catch (HypervisorRefusedException | SaveException e) {
            fail(qemu, current, "CaptureFailed", String.valueOf(e.getMessage()));
        }
        return Optional.of(Duration.ZERO);
    }

    /** When it has something to do though nothing happens. */
    Duration untilNext() {
        return unfinished == null ? NOTHING_TO_DO : RETRY;
    }

    private void begin(Hypervisor qemu, CheckpointOrder current, boolean complete) {
        DiskCut disks = new DiskCut(current, states, own.get());
        if (!current.withMemory()) {
            if (current.type() == CheckpointType.STANDARD) {
                throw new CheckpointException("NoMemory", "a Standard checkpoint of a VM that runs has its memory");
            }
            done(new FrozenDisks(disks, agent, nanoTime).take(current, qemu));
            return;
        }
        if (!complete) {
            throw new CheckpointException(
                    "DevicesChanged",
                    "disks, media or adapters came or left since it was started, and its memory would not fit the machine"
                            + " that it goes on in; restart it once, or take a Production checkpoint");
        }
        String pod = current.memoryPodUid();
        if (pod == null) {
            throw new CheckpointException("NoMemoryVolume", "there is no volume for its memory");
        }
        memory = MemoryCapture.begin(
                current,
                files.toSaveTo(pod),
                files.ofMachine().checkpointSocket(),
                disks,
                () -> mailbox.execute(() -> {}),
                nanoTime,
                qemu);
        at = At.SENDING;
        tellCut();
    }

    private Optional<Duration> sending(Hypervisor qemu, CheckpointOrder current) {
        MemoryCapture capture = memory;
        if (capture == null) {
            throw new IllegalStateException("memory is sent by nobody: " + current);
        }
        boolean hadCut = capture.hasCut();
        Optional<CheckpointCapture> whole = capture.look(qemu);
        if (whole.isPresent()) {
            memory = null;
            done(whole.get());
            return Optional.of(Duration.ZERO);
        }
        if (!hadCut) {
            tellCut();
        }
        return Optional.of(capture.hasCut() ? CALM_POLL : POLL);
    }

    /** The guest goes on: a user may see it. */
    private void tellCut() {
        CheckpointOrder current = order;
        MemoryCapture capture = memory;
        if (current != null && capture != null && capture.hasCut()) {
            outlet.tell(current, capture.soFar(), () -> {});
        }
    }

    private void done(CheckpointCapture capture) {
        CheckpointOrder current = order;
        at = At.IDLE;
        if (current != null) {
            outlet.tell(current, capture, () -> {});
        }
    }

    private void fail(Hypervisor qemu, CheckpointOrder current, String reason, String message) {
        at = At.IDLE;
        MemoryCapture capture = memory;
        memory = null;
        if (capture != null) {
            capture.abort(qemu);
        }
        try {
            states.remove(current);
            outlet.tell(current, CheckpointCapture.failed(current.type(), reason, message), () -> {});
        } catch (CheckpointException e) {
            leave(current, message);
        }
    }

    /** QEMU has ended. */
    void ended() {
        CheckpointOrder current = order;
        if (current != null && at != At.IDLE) {
            leave(current, "the VM ended while it was taken; make a new Checkpoint when it runs");
            cleanUp();
        }
    }

    /** The session ends; a next one finds what is unfinished by what was told. */
    void abort() {
        MemoryCapture capture = memory;
        if (capture != null) {
            capture.abandon();
            memory = null;
        }
    }

    private void leave(CheckpointOrder broken, String message) {
        abort();
        at = At.IDLE;
        unfinished = broken;
        why = message;
        retryAt = nanoTime.getAsLong();
    }

    /** The guest may have been left standing after its memory was sent: nobody else knows that it was not to be saved. */
    private void letGoOn(Hypervisor qemu) {
        CheckpointOrder broken = unfinished;
        if (broken == null) {
            return;
        }
        Phase phase = Phase.ofRunState(qemu.runState());
        // Without memory it stood still while it was frozen, and can't be thawed before it runs.
        if (phase == (broken.withMemory() ? Phase.MEMORY_SENT : Phase.PAUSED)) {
            qemu.resume();
        }
        if (nanoTime.getAsLong() - retryAt >= 0) {
            forgetWrites(qemu, broken);
        }
    }

    private static void forgetWrites(Hypervisor qemu, CheckpointOrder broken) {
        try {
            qemu.diskWrites().end();
        } catch (HypervisorRefusedException e) {
            LOG.log(Level.WARNING, () -> broken + ": QEMU goes on noting what is written: " + e.getMessage());
        }
    }

    private void cleanUp() {
        CheckpointOrder broken = unfinished;
        if (broken == null || nanoTime.getAsLong() - retryAt < 0) {
            return;
        }
        try {
            if (!broken.withMemory()) {
                agent.thaw();
            }
            states.remove(broken);
            order = broken;
            unfinished = null;
            outlet.tell(broken, CheckpointCapture.failed(broken.type(), "Interrupted", why), () -> {});
        } catch (VmbusException e) {
            retryAt = nanoTime.getAsLong() + RETRY.toNanos();
            LOG.log(Level.WARNING, () -> broken + ": what is left of it can't be removed yet: " + e.getMessage());
        }
    }
}
