package io.kubehv.vmbus.fleet;

import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.vmbus.checkpoint.CheckpointOrder;
import io.kubehv.vmbus.disk.Attachment;
import io.kubehv.vmbus.machine.PodFacts;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** What holds one VM on the node, from its pod's coming until the pod is gone. Thread-safe. */
public interface Hold extends AutoCloseable {
    void podIs(PodFacts pod);

    void machineIs(VirtualMachine current);

    /** The VM is another node's, as the API server has it. The guest is here as long as its pod is. */
    void machineIsElsewhere();

    /** There is no such VM any more, and was none when this began. */
    void machineIsGone();

    /** The running pod on this node that has the volume to save this VM to; null when there is none. */
    void savePodIs(@Nullable String uid);

    /** The pods on this node that mount volumes for disks of this VM, which came to it while it ran. */
    void attachmentsAre(Collection<Attachment> attachments);

    /** A checkpoint of the VM that is to be taken, or is being taken. */
    void checkpointIs(CheckpointOrder order);

    /** Whether it holds the monitor of a QEMU. */
    boolean isConnected();

    /** Whether its threads are there, as they have to be until it is closed. */
    boolean isAlive();

    @Override
    void close();
}
