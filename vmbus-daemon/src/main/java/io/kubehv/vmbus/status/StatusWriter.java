package io.kubehv.vmbus.status;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.kubehv.api.v1alpha1.VirtualMachine;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes one VM's reports, the latest only: what was overtaken while the API server was away is never sent. Nothing is
 * sent before the operator has put the VM on this node, as it would be refused, and nothing that the status says
 * already. A report that somebody overwrites is written again.
 *
 * <p>Thread-safe; nobody waits for the network.
 */
public final class StatusWriter implements AutoCloseable {
    private static final Logger LOG = System.getLogger(StatusWriter.class.getName());
    private static final Duration FIRST_RETRY = Duration.ofMillis(100);
    private static final Duration LAST_RETRY = Duration.ofSeconds(5);

    private final StatusApi api;
    private final String node;
    private final Clock clock;
    private final Consumer<MachineReport> whenThere;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    private final Thread thread;
    private @Nullable VirtualMachine machine;
    /** Of the VM that this writer is for: another one of its name is none of its business. */
    private @Nullable String uid;

    private @Nullable MachineReport wanted;
    private long changes;
    private boolean closed;

    /** What was told last to {@link #whenThere}, and at which version of the VM. */
    private @Nullable MachineReport settled;

    private long settledVersion;

    /** A report and the VM that it is to be written to. */
    private record Work(VirtualMachine machine, MachineReport report) {}

    /**
     * Starts a writer, with nothing to write.
     *
     * @param whenThere is told each report that the API server has, whether it was written or was there before
     */
    public StatusWriter(StatusApi api, String node, Clock clock, Consumer<MachineReport> whenThere) {
        this.api = api;
        this.node = node;
        this.clock = clock;
        this.whenThere = whenThere;
        this.thread = Thread.ofVirtual().name("status-writer").start(this::run);
    }

    /** Whether its thread is there, as it has to be until it is closed. */
    public boolean isAlive() {
        lock.lock();
        try {
            return closed || thread.isAlive();
        } finally {
            lock.unlock();
        }
    }

    /** The VM as it is now, for its identity and for what its status says. A version older than a known one is ignored. */
    public void machineIs(VirtualMachine current) {
        locked(() -> {
            boolean own = uid == null || uid.equals(current.getMetadata().getUid());
            if (own && (machine == null || version(current) > version(machine))) {
                uid = current.getMetadata().getUid();
                machine = current;
            }
        });
    }

    /** The VM is gone from this node, as the API server has it: nothing may be written until it is back. */
    public void machineIsElsewhere() {
        locked(() -> machine = null);
    }

    /** Replaces what is to be written. */
    public void write(MachineReport report) {
        locked(() -> wanted = report);
    }

    private void locked(Runnable change) {
        lock.lock();
        try {
            change.run();
            changes++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        Duration retryAfter = FIRST_RETRY;
        try {
            for (Work work = awaitWork(); work != null; work = awaitWork()) {
                if (attempt(work)) {
                    retryAfter = FIRST_RETRY;
                } else {
                    pause(retryAfter);
                    Duration doubled = retryAfter.multipliedBy(2);
                    retryAfter = doubled.compareTo(LAST_RETRY) > 0 ? LAST_RETRY : doubled;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns false when it is to be tried again later. */
    private boolean attempt(Work work) {
        try {
            return switch (send(work)) {
                case StatusApi.Written(VirtualMachine now) -> {
                    settle(now, work.report());
                    yield true;
                }
                case StatusApi.Later(String why) -> {
                    LOG.log(Level.WARNING, "{0}: the status is not written: {1}", name(work.machine()), why);
                    yield false;
                }
                case StatusApi.Gone() -> {
                    forget(work.machine());
                    yield true;
                }
            };
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, name(work.machine()) + ": the status is not written", e);
            return false;
        }
    }

    /** Nothing is written until the API server has told of the VM again, unless it did so meanwhile. */
    private void forget(VirtualMachine gone) {
        locked(() -> {
            if (machine != null && version(machine) == version(gone)) {
                machine = null;
            }
        });
    }

    private StatusApi.Outcome send(Work work) {
        if (work.report().isSaidBy(work.machine())) {
            return new StatusApi.Written(work.machine());
        }
        String now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
        VirtualMachine statusOnly = new VirtualMachine();
        statusOnly.setMetadata(new ObjectMetaBuilder()
                .withName(work.machine().getMetadata().getName())
                .withNamespace(work.machine().getMetadata().getNamespace())
                .withUid(work.machine().getMetadata().getUid())
                .build());
        statusOnly.setStatus(work.report().toApply(work.machine(), now));
        return api.apply(statusOnly);
    }

    /** The next thing to do; null when the writer is closed. */
    private @Nullable Work awaitWork() throws InterruptedException {
        lock.lock();
        try {
            while (!closed) {
                if (machine != null && wanted != null && isOurs(machine) && !isSettled(machine, wanted)) {
                    return new Work(machine, wanted);
                }
                changed.await();
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    private boolean isOurs(VirtualMachine candidate) {
        return candidate.getStatus() != null
                && node.equals(candidate.getStatus().nodeName());
    }

    /** Only another report, or a VM that somebody else has changed since, is looked at again. */
    private boolean isSettled(VirtualMachine current, MachineReport report) {
        return report.equals(settled) && (settledVersion == version(current) || report.isSaidBy(current));
    }

    private void settle(VirtualMachine now, MachineReport report) {
        machineIs(now);
        boolean news = !report.equals(settled);
        locked(() -> {
            settled = report;
            settledVersion = version(now);
        });
        if (news) {
            whenThere.accept(report);
        }
    }

    /** Waits, but no longer than until the VM or the report changes: then it may work at once. */
    private void pause(Duration time) throws InterruptedException {
        lock.lock();
        try {
            long before = changes;
            long left = time.toNanos();
            while (!closed && changes == before && left > 0) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    private static long version(VirtualMachine machine) {
        return Long.parseLong(machine.getMetadata().getResourceVersion());
    }

    private static String name(VirtualMachine machine) {
        return machine.getMetadata().getNamespace() + "/"
                + machine.getMetadata().getName();
    }

    @Override
    public void close() {
        locked(() -> closed = true);
    }
}
