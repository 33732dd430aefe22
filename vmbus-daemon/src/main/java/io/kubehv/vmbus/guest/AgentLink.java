package io.kubehv.vmbus.guest;

import io.kubehv.api.v1alpha1.Guest;
import io.kubehv.hv.qmp.QmpCommandException;
import io.kubehv.hv.qmp.QmpException;
import io.kubehv.hv.qmp.agent.GuestAgent;
import io.kubehv.hv.qmp.agent.OperatingSystem;
import io.kubehv.vmbus.fault.CheckpointException;
import io.kubehv.vmbus.status.MachineReport.AgentReport;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The agent of one guest. QEMU tells when a program in the guest opens the agent's port; only then is it talked to, on
 * a thread that exists as long as the port is open.
 *
 * <p>Thread-safe; no method waits for the guest, but those that freeze and thaw it.
 */
public final class AgentLink implements AutoCloseable {
    private static final Logger LOG = System.getLogger(AgentLink.class.getName());
    private static final Duration ANSWER = Duration.ofSeconds(5);
    private static final Duration RETRY = Duration.ofSeconds(10);
    private static final int THAWS = 3;
    /** A guest gets its name while it boots, and a kernel when it boots again. */
    private static final Duration REFRESH = Duration.ofMinutes(5);

    /** Is told what became of the agent. */
    @FunctionalInterface
    public interface Listener {
        /**
         * The agent's state, whenever it was looked at. Must not wait.
         *
         * @param guest what it told of the guest; null if it told nothing
         */
        void agentIs(AgentReport agent, @Nullable Guest guest);
    }

    private final Path socket;
    private final GuestAgent agent;
    private final Listener listener;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean open;
    private boolean asking;
    private volatile boolean answers;
    private volatile boolean mustThaw;
    private volatile boolean lookedForIce;

    public AgentLink(Path socket, Listener listener) {
        this.socket = socket;
        this.agent = new GuestAgent(socket);
        this.listener = listener;
    }

    /** Whether a program in the guest has the port open, as QEMU says. */
    public void portIs(boolean nowOpen) {
        lock.lock();
        try {
            if (open == nowOpen) {
                return;
            }
            open = nowOpen;
            changed.signalAll();
            if (open && !asking) {
                asking = true;
                Thread.ofVirtual().name("guest-agent").start(this::ask);
            }
            if (!open) {
                answers = false;
                listener.agentIs(AgentReport.NOT_CONNECTED, null);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Only while the port is open: what was heard before it closed comes too late, and would be told after it. */
    private void tell(AgentReport agentReport, @Nullable Guest guest) {
        lock.lock();
        try {
            if (open) {
                answers = agentReport == AgentReport.CONNECTED;
                listener.agentIs(agentReport, guest);
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Has the guest hold its file systems, and waits for it; {@link #thaw} is needed whatever comes of it.
     *
     * @return how many it holds
     * @throws CheckpointException when there is no agent, or it can't within the limit
     */
    public int freeze(Duration limit) {
        if (!answers) {
            throw new CheckpointException("NoGuestAgent", "no guest agent answers in it");
        }
        try {
            return agent.freeze(limit);
        } catch (QmpException e) {
            throw new CheckpointException(
                    "FreezeFailed", "the guest could not hold its file systems: " + e.getMessage(), e);
        }
    }

    /** Lets the guest's file systems go on: now if the agent answers, else as soon as it does. */
    public void thaw() {
        mustThaw = true;
        for (int tries = 0; tries < THAWS && mustThaw; tries++) {
            thawIfNeeded();
        }
    }

    private void thawIfNeeded() {
        if (!mustThaw) {
            return;
        }
        try {
            int _ = agent.thaw(ANSWER);
            mustThaw = false;
        } catch (QmpException e) {
            LOG.log(Level.WARNING, () -> "the guest behind " + socket + " can't be thawed yet: " + e.getMessage());
        }
    }

    /** Asks the guest to shut down; returns false, and does nothing, where no agent answered before. */
    public boolean shutDown() {
        if (!answers) {
            return false;
        }
        Thread.ofVirtual().name("guest-shutdown").start(() -> {
            try {
                agent.shutdown(ANSWER);
            } catch (QmpException e) {
                // The power button is pressed next, as after an agent that says yes and does nothing.
                LOG.log(Level.INFO, () -> "the agent at " + socket + " did not shut its guest down", e);
            }
        });
        return true;
    }

    private void ask() {
        try {
            do {
                look();
            } while (waitWhileOpen(answers ? REFRESH : RETRY));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() {
        try {
            agent.ping(ANSWER);
            lookForIce();
            answered();
            tell(AgentReport.CONNECTED, facts());
        } catch (QmpException | RuntimeException e) {
            // Whatever it said: it is asked again.
            LOG.log(Level.DEBUG, () -> "no answer from the agent at " + socket, e);
            tell(AgentReport.NOT_ANSWERING, null);
        }
    }

    /** An earlier life of the daemon may have ended while the guest held its file systems. */
    private void lookForIce() throws QmpException {
        if (!lookedForIce) {
            try {
                mustThaw |= agent.isFrozen(ANSWER);
            } catch (QmpCommandException e) {
                LOG.log(Level.DEBUG, () -> "the agent at " + socket + " knows no frozen file systems", e);
            }
            lookedForIce = true;
        }
        thawIfNeeded();
    }

    /** It can be asked to shut down from now on, though what it tells of the guest is still to come. */
    private void answered() {
        lock.lock();
        try {
            answers = open;
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Guest facts() {
        try {
            OperatingSystem system = agent.operatingSystem(ANSWER);
            String hostName = agent.hostName(ANSWER);
            return new Guest(known(system.prettyName()), known(system.kernelRelease()), known(hostName));
        } catch (QmpException e) {
            // Old agents don't know the questions.
            LOG.log(Level.DEBUG, () -> "the agent at " + socket + " tells nothing of its guest", e);
            return null;
        }
    }

    private static @Nullable String known(String text) {
        return text.isEmpty() ? null : text;
    }

    /** Returns false when the port is closed, and the thread is to end. */
    private boolean waitWhileOpen(Duration time) throws InterruptedException {
        lock.lock();
        try {
            long left = time.toNanos();
            while (open && left > 0) {
                left = changed.awaitNanos(left);
            }
            asking = open;
            return open;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            open = false;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
