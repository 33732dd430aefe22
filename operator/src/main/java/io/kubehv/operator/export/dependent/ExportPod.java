package io.kubehv.operator.export.dependent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.CaptureState;
import io.kubehv.api.v1alpha1.CheckpointDisk;
import io.kubehv.api.v1alpha1.DerivedName;
import io.kubehv.api.v1alpha1.Export;
import io.kubehv.api.v1alpha1.ExportFolder;
import io.kubehv.api.v1alpha1.ExportFormat;
import io.kubehv.api.v1alpha1.ExportTarget;
import io.kubehv.api.v1alpha1.Identity;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.hv.definition.ExportDefinition;
import io.kubehv.hv.definition.ExportManifest;
import io.kubehv.operator.OperatorSettings;
import io.kubehv.operator.pod.OneShotPod;
import io.kubehv.operator.pod.PodRoles;
import io.kubehv.operator.virtualmachine.dependent.KeyProtector;
import io.kubehv.operator.virtualmachine.dependent.SavedState;
import io.kubehv.operator.virtualmachine.dependent.SecuritySettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The pod that copies disks to the target. */
public final class ExportPod {
    /** What checkpoints call the volume of the machine's own state. */
    public static final String GUEST_STATE = "guest-state";

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String TARGET_PATH = "/target";
    private static final String MEMORY_PATH = "/memory";
    private static final String DISKS_PATH = "/disks/";

    private ExportPod() {}

    public static String name(Export export) {
        return DerivedName.of(export.getMetadata().getName(), "export");
    }

    /** The folder's path on the volume. */
    public static String path(Export export, ExportFolder folder) {
        return folder.path() == null ? export.getMetadata().getName() : folder.path();
    }

    /** Where the export is, for people. */
    public static String location(Export export) {
        ExportTarget target = export.getSpec().target();
        ExportFolder folder = target.persistentVolumeClaim();
        return folder == null
                ? Objects.requireNonNull(target.http()).url()
                : folder.name() + ":/" + path(export, folder);
    }

    /**
     * The pod.
     *
     * @param sources the claims of the disks themselves, by the disks' names
     * @param memory the claim with the memory that goes along; null: none does
     */
    public static Pod desired(
            Export export,
            VirtualMachine machine,
            List<CheckpointDisk> disks,
            Map<String, PersistentVolumeClaim> sources,
            @Nullable PersistentVolumeClaim memory,
            @Nullable CaptureState captured,
            OperatorSettings settings) {
        OneShotPod pod = new OneShotPod("/usr/local/bin/machine-export", settings);
        List<ExportDefinition.Source> packed = new ArrayList<>();
        boolean guestState = false;
        for (int i = 0; i < disks.size(); i++) {
            CheckpointDisk disk = disks.get(i);
            String claim = ExportClaim.name(export, disk.name());
            String path = DISKS_PATH + disk.name();
            boolean block = "Block"
                    .equals(Objects.requireNonNull(sources.get(disk.name()))
                            .getSpec()
                            .getVolumeMode());
            if (disk.name().equals(GUEST_STATE)) {
                guestState = true;
                pod.claim("disk-" + i, claim, path, true);
            } else if (block) {
                pod.device("disk-" + i, claim, path, true);
                packed.add(new ExportDefinition.Source(disk.name(), path));
            } else {
                pod.claim("disk-" + i, claim, path, true);
                packed.add(new ExportDefinition.Source(disk.name(), path + "/disk.img"));
            }
        }
        ExportDefinition definition = new ExportDefinition(
                manifest(export, machine, captured),
                Optional.ofNullable(export.getSpec().diskFormat())
                        .orElse(ExportFormat.QCOW2)
                        .qemuName(),
                packed,
                guestState ? DISKS_PATH + GUEST_STATE : null,
                memory(memory, pod),
                target(export, pod),
                OneShotPod.scratch());
        return pod.build(
                export, name(export), PodRoles.EXPORT, ExportDefinition.ENVIRONMENT_VARIABLE, definition.toJson());
    }

    private static ExportDefinition.@Nullable Memory memory(@Nullable PersistentVolumeClaim claim, OneShotPod pod) {
        if (claim == null) {
            return null;
        }
        pod.claim("memory", claim.getMetadata().getName(), MEMORY_PATH, true);
        return new ExportDefinition.Memory(
                MEMORY_PATH, SavedState.definition(claim).orElseThrow());
    }

    private static ExportDefinition.Target target(Export export, OneShotPod pod) {
        ExportTarget target = export.getSpec().target();
        ExportFolder folder = target.persistentVolumeClaim();
        if (folder == null) {
            return pod.web(Objects.requireNonNull(target.http()));
        }
        pod.claim("target", folder.name(), TARGET_PATH, false);
        return new ExportDefinition.Folder(TARGET_PATH, path(export, folder));
    }

    private static ExportManifest manifest(Export export, VirtualMachine machine, @Nullable CaptureState captured) {
        Identity identity =
                machine.getStatus() == null ? null : machine.getStatus().identity();
        return new ExportManifest(
                ExportManifest.FORMAT_VERSION,
                export.getMetadata().getUid(),
                "",
                machine.getMetadata().getNamespace(),
                machine.getMetadata().getName(),
                identity == null ? null : identity.uuid(),
                identity == null ? null : identity.macAddresses(),
                machine.getMetadata().getLabels(),
                captured == null ? "Off" : JSON.convertValue(captured, String.class),
                spec(machine),
                List.of(),
                List.of(),
                null);
    }

    /** The spec, with the name of the TPM's key, which is made of the VM's where none is said. */
    private static JsonNode spec(VirtualMachine machine) {
        ObjectNode spec = JSON.valueToTree(machine.getSpec());
        if (SecuritySettings.hasTpm(machine.getSpec())) {
            spec.withObject("/security/tpm").put("keyProtectorSecretName", KeyProtector.name(machine));
        }
        return spec;
    }
}
