package io.kubehv.vmbus.fleet;

import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.vmbus.machine.PodFacts;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * The VMs on the node, each with a session from its pod's coming until the pod is gone.
 *
 * <p>Thread-safe: told by several watches.
 */
public final class Fleet implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Fleet.class.getName());
    private static final Set<String> OVER = Set.of("Succeeded", "Failed");

    /** Makes what holds one VM. */
    @FunctionalInterface
    public interface HoldFactory {
        MachineHold hold(String namespace, String name, PodFacts pod);
    }

    /** Asks for a VM's object once, in the background, and answers by {@link #machineIs}. */
    @FunctionalInterface
    public interface MachineLookup {
        void lookUp(String namespace, String name, Fleet answerTo);
    }

    private final HoldFactory factory;
    private final MachineLookup lookup;
    /** By the pod's UID. */
    private final Map<String, MachineHold> holds = new HashMap<>();
    /** The UIDs of VMs, by the UIDs of their pods on this node. */
    private final Map<String, String> machineOfPod = new HashMap<>();
    /** Running save pods' UIDs, by the UIDs of their VMs. */
    private final Map<String, String> savePods = new HashMap<>();
    /** The newest known objects, by UID; of VMs with a pod here. */
    private final Map<String, VirtualMachine> machines = new HashMap<>();

    private boolean closed;

    public Fleet(HoldFactory factory, MachineLookup lookup) {
        this.factory = factory;
        this.lookup = lookup;
    }

    /** A VM's pod is on this node, or has changed. */
    public synchronized void podIs(Pod pod) {
        String uid = pod.getMetadata().getUid();
        Optional<OwnerReference> owner = owner(pod);
        if (closed || owner.isEmpty() || (isOver(pod) && !holds.containsKey(uid))) {
            return;
        }
        PodFacts facts = PodFacts.of(pod);
        MachineHold known = holds.get(uid);
        if (known != null) {
            known.podIs(facts);
            return;
        }
        String machineUid = owner.get().getUid();
        String namespace = pod.getMetadata().getNamespace();
        LOG.log(Level.DEBUG, () -> namespace + "/" + owner.get().getName() + ": its pod is on this node");
        MachineHold hold = factory.hold(namespace, owner.get().getName(), facts);
        holds.put(uid, hold);
        machineOfPod.put(uid, machineUid);
        hold.podIs(facts);
        hold.savePodIs(savePods.get(machineUid));
        VirtualMachine machine = machines.get(machineUid);
        if (machine == null) {
            // The watch brings a VM when the operator has put it on this node; a VM need not wait for that to start.
            lookup.lookUp(namespace, owner.get().getName(), this);
        } else {
            hold.machineIs(machine);
        }
    }

    private static Optional<OwnerReference> owner(Pod pod) {
        return pod.getMetadata().getOwnerReferences().stream()
                .filter(reference -> Boolean.TRUE.equals(reference.getController())
                        && "VirtualMachine".equals(reference.getKind())
                        && reference.getApiVersion().startsWith(KubeHV.GROUP + "/"))
                .findFirst();
    }

    private static boolean isOver(Pod pod) {
        return pod.getStatus() != null && OVER.contains(pod.getStatus().getPhase());
    }

    public synchronized void podIsGone(Pod pod) {
        String uid = pod.getMetadata().getUid();
        MachineHold hold = holds.remove(uid);
        String machine = machineOfPod.remove(uid);
        if (hold != null) {
            hold.close();
        }
        if (machine != null && !machineOfPod.containsValue(machine)) {
            machines.remove(machine);
        }
    }

    /** A VM's object, from the watch of this node's VMs or from a lookup. */
    public synchronized void machineIs(VirtualMachine machine) {
        String uid = machine.getMetadata().getUid();
        VirtualMachine known = machines.get(uid);
        boolean news = known == null || version(machine) > version(known);
        if (closed || !news) {
            return;
        }
        machines.put(uid, machine);
        machineOfPod.forEach((pod, owner) -> {
            if (owner.equals(uid)) {
                Optional.ofNullable(holds.get(pod)).ifPresent(hold -> hold.machineIs(machine));
            }
        });
    }

    /** The VM was deleted, or is another node's. Its session stays until the pod is gone: the guest is still here. */
    public synchronized void machineIsGone(VirtualMachine machine) {
        String uid = machine.getMetadata().getUid();
        machines.remove(uid);
        machineOfPod.forEach((pod, owner) -> {
            if (owner.equals(uid)) {
                Optional.ofNullable(holds.get(pod)).ifPresent(MachineHold::machineIsElsewhere);
            }
        });
    }

    /** A pod with a volume for a VM's memory is on this node, or has changed. */
    public synchronized void savePodIs(Pod pod) {
        boolean usable = pod.getStatus() != null
                && "Running".equals(pod.getStatus().getPhase())
                && pod.getMetadata().getDeletionTimestamp() == null;
        if (usable) {
            String machine = machineOfSavePod(pod);
            savePods.put(machine, pod.getMetadata().getUid());
            tellSavePod(machine);
        } else {
            savePodIsGone(pod);
        }
    }

    public synchronized void savePodIsGone(Pod pod) {
        String machine = machineOfSavePod(pod);
        if (savePods.remove(machine, pod.getMetadata().getUid())) {
            tellSavePod(machine);
        }
    }

    private static String machineOfSavePod(Pod pod) {
        return Objects.requireNonNull(
                pod.getMetadata().getLabels().get(KubeHV.SAVE_POD_FOR_LABEL), "the watch selects by this label");
    }

    private void tellSavePod(String machine) {
        machineOfPod.forEach((pod, owner) -> {
            if (owner.equals(machine)) {
                Optional.ofNullable(holds.get(pod)).ifPresent(hold -> hold.savePodIs(savePods.get(machine)));
            }
        });
    }

    /** How many VMs have their pod on this node. */
    public synchronized int size() {
        return holds.size();
    }

    /** How many QEMUs are held by their monitor. */
    public synchronized long connected() {
        return holds.values().stream().filter(MachineHold::isConnected).count();
    }

    private static long version(VirtualMachine machine) {
        return Long.parseLong(machine.getMetadata().getResourceVersion());
    }

    @Override
    public synchronized void close() {
        closed = true;
        holds.values().forEach(MachineHold::close);
        holds.clear();
    }
}
