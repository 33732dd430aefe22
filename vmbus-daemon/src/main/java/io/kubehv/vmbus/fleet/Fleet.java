package io.kubehv.vmbus.fleet;

import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.vmbus.checkpoint.CheckpointDesk;
import io.kubehv.vmbus.checkpoint.CheckpointOrder;
import io.kubehv.vmbus.disk.Attachment;
import io.kubehv.vmbus.machine.PodFacts;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The VMs on the node, each with a session from its pod's coming until the pod is gone.
 *
 * <p>Thread-safe: told by several watches.
 */
public final class Fleet implements CheckpointDesk.Machines, AutoCloseable {
    private static final Logger LOG = System.getLogger(Fleet.class.getName());
    private static final Set<String> OVER = Set.of("Succeeded", "Failed");

    /** Makes what holds one VM. */
    @FunctionalInterface
    public interface HoldFactory {
        Hold hold(MachineKey machine, PodFacts pod);
    }

    /** Asks for a VM's object once, in the background; answers by {@link #machineIs} or {@link #machineIsNowhere}. */
    @FunctionalInterface
    public interface MachineLookup {
        void lookUp(MachineKey machine, Fleet answerTo);
    }

    private final HoldFactory factory;
    private final MachineLookup lookup;
    /** By the pod's UID. */
    private final Map<String, Hold> holds = new HashMap<>();
    /** VMs, by the UIDs of their pods on this node. */
    private final Map<String, MachineKey> machineOfPod = new HashMap<>();
    /** Running save pods' UIDs, by their VMs. */
    private final Map<MachineKey, String> savePods = new HashMap<>();
    /** What pods mount for VMs that run, by the pods' UIDs. */
    private final Map<MachineKey, Map<String, Attachment>> attachments = new HashMap<>();
    /** The newest known objects of VMs with a pod here. */
    private final Map<MachineKey, VirtualMachine> machines = new HashMap<>();

    private boolean closed;

    public Fleet(HoldFactory factory, MachineLookup lookup) {
        this.factory = factory;
        this.lookup = lookup;
    }

    /** A VM's pod is on this node, or has changed. One that only looks like a VM's is left alone. */
    public synchronized void podIs(Pod pod) {
        String uid = pod.getMetadata().getUid();
        PodFacts facts = PodFacts.of(pod);
        Hold known = holds.get(uid);
        if (known != null) {
            known.podIs(facts);
            return;
        }
        if (!closed && !isOver(pod)) {
            MachineKey.ofMachinePod(pod).ifPresent(key -> begin(key, facts));
        }
    }

    private void begin(MachineKey key, PodFacts pod) {
        LOG.log(Level.DEBUG, () -> key + ": its pod is on this node");
        Hold hold = factory.hold(key, pod);
        holds.put(pod.uid(), hold);
        machineOfPod.put(pod.uid(), key);
        hold.podIs(pod);
        hold.savePodIs(savePods.get(key));
        hold.attachmentsAre(attachments.getOrDefault(key, Map.of()).values());
        VirtualMachine machine = machines.get(key);
        if (machine == null) {
            // The watch brings a VM when the operator has put it on this node; a VM need not wait for that to start.
            lookup.lookUp(key, this);
        } else {
            hold.machineIs(machine);
        }
    }

    private static boolean isOver(Pod pod) {
        return pod.getStatus() != null && OVER.contains(pod.getStatus().getPhase());
    }

    public synchronized void podIsGone(Pod pod) {
        String uid = pod.getMetadata().getUid();
        Hold hold = holds.remove(uid);
        MachineKey machine = machineOfPod.remove(uid);
        if (hold != null) {
            hold.close();
        }
        if (machine != null && !machineOfPod.containsValue(machine)) {
            machines.remove(machine);
        }
    }

    /** A VM's object, from the watch of this node's VMs or from a lookup. */
    public synchronized void machineIs(VirtualMachine machine) {
        MachineKey key = MachineKey.of(machine);
        VirtualMachine known = machines.get(key);
        boolean news = known == null || version(machine) > version(known);
        if (closed || !news) {
            return;
        }
        machines.put(key, machine);
        tell(key, hold -> hold.machineIs(machine));
    }

    /** The VM was deleted, or is another node's. Its session stays until the pod is gone: the guest is still here. */
    public synchronized void machineIsGone(VirtualMachine machine) {
        MachineKey key = MachineKey.of(machine);
        machines.remove(key);
        tell(key, Hold::machineIsElsewhere);
    }

    /** A lookup found that there is no such VM. */
    public synchronized void machineIsNowhere(MachineKey machine) {
        if (!machines.containsKey(machine)) {
            tell(machine, Hold::machineIsGone);
        }
    }

    /** A pod with a volume for a VM's memory is on this node, or has changed. */
    public synchronized void savePodIs(Pod pod) {
        boolean usable = pod.getStatus() != null
                && "Running".equals(pod.getStatus().getPhase())
                && pod.getMetadata().getDeletionTimestamp() == null;
        if (usable) {
            MachineKey.ofSavePod(pod).ifPresent(machine -> {
                savePods.put(machine, pod.getMetadata().getUid());
                tellSavePod(machine);
            });
        } else {
            savePodIsGone(pod);
        }
    }

    public synchronized void savePodIsGone(Pod pod) {
        MachineKey.ofSavePod(pod).ifPresent(machine -> {
            if (savePods.remove(machine, pod.getMetadata().getUid())) {
                tellSavePod(machine);
            }
        });
    }

    private void tellSavePod(MachineKey machine) {
        tell(machine, hold -> hold.savePodIs(savePods.get(machine)));
    }

    @Override
    public synchronized boolean take(CheckpointOrder order) {
        Hold hold = holds.get(order.machinePodUid());
        if (hold == null) {
            return false;
        }
        hold.checkpointIs(order);
        return true;
    }

    /** A pod that mounts a volume for a VM that runs is on this node, or has changed. */
    public synchronized void attachmentPodIs(Pod pod) {
        MachineKey.ofAttachmentPod(pod)
                .ifPresent(machine -> Attachment.of(pod).ifPresent(attachment -> {
                    Map<String, Attachment> known = attachments.computeIfAbsent(machine, key -> new HashMap<>());
                    if (!attachment.equals(known.put(attachment.podUid(), attachment))) {
                        tellAttachments(machine);
                    }
                }));
    }

    public synchronized void attachmentPodIsGone(Pod pod) {
        MachineKey.ofAttachmentPod(pod).ifPresent(machine -> {
            Map<String, Attachment> known = attachments.getOrDefault(machine, new HashMap<>());
            if (known.remove(pod.getMetadata().getUid()) != null) {
                tellAttachments(machine);
            }
            if (known.isEmpty()) {
                attachments.remove(machine);
            }
        });
    }

    private void tellAttachments(MachineKey machine) {
        List<Attachment> now =
                List.copyOf(attachments.getOrDefault(machine, Map.of()).values());
        tell(machine, hold -> hold.attachmentsAre(now));
    }

    private void tell(MachineKey machine, Consumer<Hold> news) {
        machineOfPod.forEach((pod, owner) -> {
            if (owner.equals(machine)) {
                Optional.ofNullable(holds.get(pod)).ifPresent(news);
            }
        });
    }

    /** How many VMs have their pod on this node. */
    public synchronized int size() {
        return holds.size();
    }

    /** How many QEMUs are held by their monitor. */
    public synchronized long connected() {
        return holds.values().stream().filter(Hold::isConnected).count();
    }

    /** Whether everything that holds a VM still works at it. */
    public synchronized boolean isAlive() {
        return holds.values().stream().allMatch(Hold::isAlive);
    }

    private static long version(VirtualMachine machine) {
        return Long.parseLong(machine.getMetadata().getResourceVersion());
    }

    @Override
    public synchronized void close() {
        closed = true;
        holds.values().forEach(Hold::close);
        holds.clear();
    }
}
