package io.kubehv.vmbus.fleet;

import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.vmbus.checkpoint.CheckpointOrder;
import io.kubehv.vmbus.disk.Attachment;
import io.kubehv.vmbus.event.EventRecorder;
import io.kubehv.vmbus.event.MachineEvent;
import io.kubehv.vmbus.machine.MachineOutlet;
import io.kubehv.vmbus.machine.MachineSession;
import io.kubehv.vmbus.machine.PodFacts;
import io.kubehv.vmbus.status.MachineReport;
import io.kubehv.vmbus.status.StatusWriter;
import java.util.Collection;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One VM on the node: its session, and what the session says on its way to the API server. Thread-safe. */
public final class MachineHold implements Hold {
    private final MachineSession session;
    private final StatusWriter writer;
    private final EventRecorder events;
    private final String podUid;
    private volatile @Nullable VirtualMachine machine;

    /**
     * Starts the session.
     *
     * @param writers makes a writer that tells when a report is there
     */
    public MachineHold(
            String name,
            PodFacts pod,
            MachineSession.Surroundings surroundings,
            Function<Consumer<MachineReport>, StatusWriter> writers,
            EventRecorder events) {
        this.events = events;
        this.podUid = pod.uid();
        this.session = new MachineSession(name, pod, surroundings, new Outlet());
        this.writer = writers.apply(session::reportIsThere);
    }

    @Override
    public void podIs(PodFacts pod) {
        session.podIs(pod);
    }

    @Override
    public void machineIs(VirtualMachine current) {
        machine = current;
        writer.machineIs(current);
        session.machineIs(current);
    }

    @Override
    public void machineIsElsewhere() {
        writer.machineIsElsewhere();
    }

    @Override
    public void machineIsGone() {
        session.machineIsGone();
    }

    @Override
    public void savePodIs(@Nullable String uid) {
        session.savePodIs(uid);
    }

    @Override
    public void attachmentsAre(Collection<Attachment> attachments) {
        session.attachmentsAre(attachments);
    }

    @Override
    public void checkpointIs(CheckpointOrder order) {
        session.checkpointIs(order);
    }

    @Override
    public boolean isConnected() {
        return session.isConnected();
    }

    @Override
    public boolean isAlive() {
        return session.isAlive() && writer.isAlive();
    }

    @Override
    public void close() {
        session.close();
        writer.close();
    }

    /** The session says nothing before it knows the VM, so both are there when it does. */
    private final class Outlet implements MachineOutlet {
        @Override
        public void report(MachineReport report) {
            writer.write(report);
        }

        @Override
        public void happened(MachineEvent event, String occurrence, String detail) {
            VirtualMachine known = machine;
            if (known != null) {
                events.record(known, event, podUid + "/" + occurrence, detail);
            }
        }
    }
}
