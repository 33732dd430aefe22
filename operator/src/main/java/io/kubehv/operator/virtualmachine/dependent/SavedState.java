package io.kubehv.operator.virtualmachine.dependent;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kubehv.api.v1alpha1.AutomaticStopAction;
import io.kubehv.api.v1alpha1.CheckpointApply;
import io.kubehv.api.v1alpha1.DerivedName;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineSpec;
import io.kubehv.hv.definition.DefinitionException;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.operator.Owners;
import io.kubehv.operator.claim.ClaimUse;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.virtualmachine.MachineMemory;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The claim that holds the memory of a saved VM, and with it the pod that the memory is of: a memory can only go on in
 * the machine that it was taken from.
 */
public final class SavedState {
    /** The time at which the memory was whole; absent: it never was, or was resumed from. */
    public static final String SAVED_AT_ANNOTATION = KubeHV.GROUP + "/saved-at";

    /** What the memory is of, as {@link io.kubehv.hv.checkpoint.MachineFacts}; absent: not known. */
    public static final String MEMORY_OF_ANNOTATION = KubeHV.GROUP + "/memory-of";

    /** The UID of the CheckpointApply that made it, of a checkpoint's memory; absent: the VM was saved. */
    public static final String APPLIED_ANNOTATION = KubeHV.GROUP + "/applied";

    /** The machine that an imported memory is of, as JSON; gone once the VM has taken it for its own. */
    private static final String IMPORTED_ANNOTATION = KubeHV.GROUP + "/imported-memory";

    private static final String POD_SPEC_ANNOTATION = KubeHV.GROUP + "/pod-spec";
    private static final String POD_UID_ANNOTATION = KubeHV.GROUP + "/pod-uid";
    private static final String SUFFIX = "saved-state";

    /** Devices' state, and the stream's own headers, a page at a time. */
    private static final long BESIDE_MEMORY = 128L << 20;

    private static final int STREAM_SHARE = 64;

    private SavedState() {}

    /**
     * What a saved VM goes on from.
     *
     * @param startedFrom the spec that its pod was started from
     * @param switchPorts the ports that its pod had, as the pod's annotation; empty: none
     * @param memoryOf what the memory is of, as JSON; empty: not known
     */
    public record Contents(PodSpec podSpec, String startedFrom, String switchPorts, String memoryOf) {}

    /** The claim's name, and the save pod's. */
    public static String name(VirtualMachine machine) {
        return DerivedName.of(machine.getMetadata().getName(), SUFFIX);
    }

    /** The claim for the memory of a VM that runs in {@code running}. */
    public static PersistentVolumeClaim desired(VirtualMachine machine, Pod running, @Nullable String storageClass) {
        PodSpec template =
                new PodSpecBuilder(running.getSpec()).withNodeName(null).build();
        PodMemory present = new PodMemory(running);
        long memory = Stream.of(present.least(), present.asked(), present.given())
                .max(Comparator.naturalOrder())
                .orElseThrow();
        return new PersistentVolumeClaimBuilder(claim(machine, memory, storageClass))
                .editMetadata()
                .addToAnnotations(POD_SPEC_ANNOTATION, Serialization.asJson(template))
                .addToAnnotations(POD_UID_ANNOTATION, running.getMetadata().getUid())
                .addToAnnotations(
                        LauncherPod.STARTED_FROM_ANNOTATION,
                        new PodFacts(running).annotation(LauncherPod.STARTED_FROM_ANNOTATION))
                .addToAnnotations(
                        KubeHV.SWITCH_PORTS_ANNOTATION,
                        new PodFacts(running).annotation(KubeHV.SWITCH_PORTS_ANNOTATION))
                .endMetadata()
                .build();
    }

    /** The claim for a memory of so many bytes that is imported for a VM that is not there yet. */
    public static PersistentVolumeClaim imported(
            VirtualMachine machine, VirtualMachineDefinition of, long bytes, @Nullable String storageClass) {
        long memory = Math.max(bytes, MachineMemory.maximumBytes(machine.getSpec()));
        return new PersistentVolumeClaimBuilder(claim(machine, memory, storageClass))
                .editMetadata()
                .addToAnnotations(IMPORTED_ANNOTATION, of.toJson())
                .endMetadata()
                .build();
    }

    /** The machine that a memory is of which was imported, and is no saved state of its VM's yet. */
    public static Optional<VirtualMachineDefinition> imported(PersistentVolumeClaim claim) {
        try {
            return Optional.ofNullable(annotations(claim).get(IMPORTED_ANNOTATION))
                    .map(VirtualMachineDefinition::fromJson);
        } catch (DefinitionException e) {
            // See podSpec.
            return Optional.empty();
        }
    }

    /** Whether it is on its way to the VM, from the import that has made both. */
    public static boolean isComingTo(VirtualMachine machine, PersistentVolumeClaim claim) {
        String request = label(machine, KubeHV.IMPORT_UID_LABEL);
        return !request.isEmpty()
                && request.equals(label(claim, KubeHV.IMPORT_UID_LABEL))
                && imported(claim).isPresent();
    }

    private static String label(HasMetadata object, String name) {
        return Optional.ofNullable(object.getMetadata().getLabels())
                .map(labels -> labels.get(name))
                .orElse("");
    }

    /** What to note on the claim of an imported memory, so that the VM goes on from it in {@code pod}; null removes. */
    public static Map<String, @Nullable String> adopted(Pod pod, String savedAt) {
        Map<String, @Nullable String> notes = new HashMap<>();
        notes.put(POD_SPEC_ANNOTATION, Serialization.asJson(pod.getSpec()));
        notes.put(
                LauncherPod.STARTED_FROM_ANNOTATION, new PodFacts(pod).annotation(LauncherPod.STARTED_FROM_ANNOTATION));
        notes.put(KubeHV.SWITCH_PORTS_ANNOTATION, new PodFacts(pod).annotation(KubeHV.SWITCH_PORTS_ANNOTATION));
        notes.put(SAVED_AT_ANNOTATION, savedAt);
        notes.put(IMPORTED_ANNOTATION, null);
        return notes;
    }

    /** The claim that a VM keeps ready while it runs; which pod's memory it is for is noted when that runs. */
    public static PersistentVolumeClaim prepared(VirtualMachine machine, @Nullable String storageClass) {
        return claim(machine, MachineMemory.maximumBytes(machine.getSpec()), storageClass);
    }

    /**
     * Whether a VM keeps a claim for its memory ready, so that it can be saved when its node shuts down. The memory of one
     * that may have guests of its own does not keep what those are at.
     */
    public static boolean isKeptReady(VirtualMachineSpec spec) {
        boolean nested =
                spec.processor() != null && Boolean.TRUE.equals(spec.processor().exposeVirtualizationExtensions());
        return spec.automaticStopAction() == AutomaticStopAction.SAVE && !nested;
    }

    private static PersistentVolumeClaim claim(VirtualMachine machine, long memory, @Nullable String storageClass) {
        long bytes = memory + memory / STREAM_SHARE + BESIDE_MEMORY;
        return new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withName(name(machine))
                .withNamespace(machine.getMetadata().getNamespace())
                .withOwnerReferences(Owners.controller(machine))
                .addToLabels(
                        KubeHV.VIRTUAL_MACHINE_UID_LABEL, machine.getMetadata().getUid())
                .endMetadata()
                .withNewSpec()
                .withAccessModes("ReadWriteOnce")
                .withStorageClassName(storageClass)
                .withNewResources()
                .addToRequests("storage", new Quantity(String.valueOf(bytes)))
                .endResources()
                .endSpec()
                .build();
    }

    /** A VM may resume from it. */
    public static boolean isWhole(PersistentVolumeClaim claim) {
        return annotations(claim).containsKey(SAVED_AT_ANNOTATION);
    }

    /** It is what the VM goes on from when it is back at the checkpoint. */
    public static boolean isOf(PersistentVolumeClaim claim, CheckpointApply apply) {
        return apply.getMetadata().getUid().equals(annotations(claim).get(APPLIED_ANNOTATION));
    }

    /** It was made to take this pod's memory. */
    public static boolean isOf(PersistentVolumeClaim claim, PodFacts pod) {
        return pod.uid().equals(annotations(claim).get(POD_UID_ANNOTATION));
    }

    /** The pod has as much memory as it had when the claim was made for it. */
    public static boolean fits(PersistentVolumeClaim claim, Pod pod) {
        List<Container> then = podSpec(claim).getContainers();
        return !then.isEmpty()
                && then.getFirst()
                        .getResources()
                        .equals(pod.getSpec().getContainers().getFirst().getResources());
    }

    /** What to go on from. */
    public static Contents contents(PersistentVolumeClaim claim) {
        Map<String, String> annotations = annotations(claim);
        String spec = Objects.requireNonNull(annotations.get(POD_SPEC_ANNOTATION));
        return new Contents(
                Serialization.unmarshal(spec, PodSpec.class),
                annotations.getOrDefault(LauncherPod.STARTED_FROM_ANNOTATION, ""),
                annotations.getOrDefault(KubeHV.SWITCH_PORTS_ANNOTATION, ""),
                annotations.getOrDefault(MEMORY_OF_ANNOTATION, ""));
    }

    /** The machine that the memory is of; empty for a claim that is none of a memory, or that somebody has changed. */
    public static Optional<VirtualMachineDefinition> definition(PersistentVolumeClaim claim) {
        try {
            return podSpec(claim).getContainers().isEmpty()
                    ? Optional.empty()
                    : Optional.of(VirtualMachineDefinition.fromJson(LauncherVolumes.definition(podSpec(claim))));
        } catch (DefinitionException | IllegalStateException e) {
            // See podSpec.
            return Optional.empty();
        }
    }

    /** The keys of the claims that the VM goes on with; empty for a claim that is none of a saved memory. */
    public static List<String> held(PersistentVolumeClaim claim) {
        return machine(claim).isEmpty()
                ? List.of()
                : uses(claim).stream().map(ClaimUse::claim).distinct().toList();
    }

    /** The disks that the VM goes on with, as the lock on disks knows them. */
    public static List<ClaimUse> uses(PersistentVolumeClaim claim) {
        String namespace = claim.getMetadata().getNamespace();
        return new PodFacts(heldBy(claim))
                .claims()
                .filter(volume -> !volume.claim().equals(claim.getMetadata().getName()))
                .map(volume -> new ClaimUse(ClaimUse.key(namespace, volume.claim()), volume.readOnly()))
                .toList();
    }

    /** The pod that the VM goes on in, as far as it is known before it is made. */
    public static Pod heldBy(PersistentVolumeClaim claim) {
        return new PodBuilder()
                .withNewMetadata()
                .withName(claim.getMetadata().getName())
                .withNamespace(claim.getMetadata().getNamespace())
                .withOwnerReferences(claim.getMetadata().getOwnerReferences())
                .endMetadata()
                .withSpec(podSpec(claim))
                .build();
    }

    /** The name of the VM whose memory a claim is for, if it is one for a memory. */
    public static Optional<String> machine(PersistentVolumeClaim claim) {
        return annotations(claim).containsKey(POD_SPEC_ANNOTATION)
                ? claim.getMetadata().getOwnerReferences().stream()
                        .filter(owner -> "VirtualMachine".equals(owner.getKind()))
                        .map(OwnerReference::getName)
                        .findFirst()
                : Optional.empty();
    }

    private static PodSpec podSpec(PersistentVolumeClaim claim) {
        try {
            return Serialization.unmarshal(annotations(claim).get(POD_SPEC_ANNOTATION), PodSpec.class);
        } catch (KubernetesClientException | IllegalArgumentException e) {
            // Anyone may write annotations on claims. A cache must not break of one; a resume from it says what is
            // wrong.
            return new PodSpec();
        }
    }

    private static Map<String, String> annotations(PersistentVolumeClaim claim) {
        return Optional.ofNullable(claim.getMetadata().getAnnotations()).orElse(Map.of());
    }
}
