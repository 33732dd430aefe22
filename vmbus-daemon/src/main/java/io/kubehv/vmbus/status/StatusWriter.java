package io.kubehv.vmbus.status;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
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

    private @Nullable VirtualMachine machine;
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
        Thread.ofVirtual().name("status-writer").start(this::run);
    }

    /** The VM as it is now, for its identity and for what its status says. A version older than a known one is ignored. */
    public void machineIs(VirtualMachine current) {
        locked(() -> {
            if (machine == null || version(current) > version(machine)) {
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
                switch (send(work)) {
                    case StatusApi.Written(VirtualMachine now) -> {
                        retryAfter = FIRST_RETRY;
                        settle(now, work.report());
                    }
                    case StatusApi.Later(String why) -> {
                        LOG.log(Level.WARNING, "{0}: the status is not written: {1}", name(work.machine()), why);
                        pause(retryAfter);
                        Duration doubled = retryAfter.multipliedBy(2);
                        retryAfter = doubled.compareTo(LAST_RETRY) > 0 ? LAST_RETRY : doubled;
                    }
                    case StatusApi.Gone() -> close();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private StatusApi.Outcome send(Work work) {
        VirtualMachineStatus current = work.machine().getStatus();
        if (work.report().equals(MachineReport.of(current))) {
            return new StatusApi.Written(work.machine());
        }
        String now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
        VirtualMachine statusOnly = new VirtualMachine();
        statusOnly.setMetadata(new ObjectMetaBuilder()
                .withName(work.machine().getMetadata().getName())
                .withNamespace(work.machine().getMetadata().getNamespace())
                .withUid(work.machine().getMetadata().getUid())
                .build());
        statusOnly.setStatus(work.report().toApply(current, now));
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
        return report.equals(settled)
                && (settledVersion == version(current) || report.equals(MachineReport.of(current.getStatus())));
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
