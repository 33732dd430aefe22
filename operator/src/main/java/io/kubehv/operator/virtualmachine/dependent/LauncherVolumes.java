package io.kubehv.operator.virtualmachine.dependent;

import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeDevice;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.kubehv.api.v1alpha1.CloudInit;
import io.kubehv.api.v1alpha1.SecureBoot;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineSpec;
import io.kubehv.hv.checkpoint.MachineFacts;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.operator.virtualmachine.ResolvedDisk;
import java.util.ArrayList;
import java.util.List;

/** What a VM's pod mounts, and the definition that says where. */
final class LauncherVolumes {
    private static final String RUNTIME = "runtime";
    private static final String RUNTIME_PATH = "/run/kubehv";
    private static final Quantity RUNTIME_SIZE = new Quantity("64Mi");
    private static final String USER_DATA = "user-data";
    private static final String NETWORK_DATA = "network-data";
    private static final String SAVED_STATE = "saved-state";
    private static final String GUEST_STATE = "guest-state";
    private static final String TPM_KEY = "tpm-key";
    private static final String SECURE_BOOT_KEYS = "secure-boot-keys";
    private static final String MEMORY = "/memory";

    private LauncherVolumes() {}

    static List<Volume> volumes(VirtualMachine machine, List<ResolvedDisk> disks) {
        VirtualMachineSpec spec = machine.getSpec();
        List<Volume> volumes = new ArrayList<>();
        volumes.add(new VolumeBuilder()
                .withName(RUNTIME)
                .withNewEmptyDir()
                .withSizeLimit(RUNTIME_SIZE)
                .endEmptyDir()
                .build());
        disks.forEach(disk -> volumes.add(new VolumeBuilder()
                .withName(volume(disk))
                .withNewPersistentVolumeClaim()
                .withClaimName(disk.claim())
                .withReadOnly(disk.readOnly() ? true : null)
                .endPersistentVolumeClaim()
                .build()));
        if (SecuritySettings.hasGuestState(spec)) {
            volumes.add(claim(GUEST_STATE, GuestState.name(machine)));
        }
        if (SavedState.isKeptReady(spec)) {
            volumes.add(claim(SAVED_STATE, SavedState.name(machine)));
        }
        if (SecuritySettings.hasTpm(spec)) {
            volumes.add(secret(TPM_KEY, KeyProtector.name(machine)));
        }
        SecuritySettings.customKeys(spec).ifPresent(keys -> volumes.add(customKeys(keys)));
        CloudInit cloudInit = spec.cloudInit();
        if (cloudInit != null && cloudInit.userDataSecretName() != null) {
            volumes.add(secret(USER_DATA, cloudInit.userDataSecretName()));
        }
        if (cloudInit != null && cloudInit.networkDataSecretName() != null) {
            volumes.add(secret(NETWORK_DATA, cloudInit.networkDataSecretName()));
        }
        return volumes;
    }

    static List<VolumeMount> mounts(VirtualMachineSpec spec, List<ResolvedDisk> disks) {
        List<VolumeMount> mounts = new ArrayList<>();
        mounts.add(mount(RUNTIME, RUNTIME_PATH, false));
        disks.stream()
                .filter(disk -> !disk.block())
                .forEach(disk -> mounts.add(mount(volume(disk), MachineDefinition.path(disk), disk.readOnly())));
        if (SecuritySettings.hasGuestState(spec)) {
            // Not the whole of it: the TPM's state is none of QEMU's business.
            mounts.add(part(GUEST_STATE, MachineDefinition.GUEST_STATE, "firmware"));
        }
        if (SavedState.isKeptReady(spec)) {
            mounts.add(mount(SAVED_STATE, MachineDefinition.SAVED_STATE, false));
        }
        if (SecuritySettings.customKeys(spec).isPresent()) {
            mounts.add(mount(SECURE_BOOT_KEYS, MachineDefinition.SECURE_BOOT_KEYS, true));
        }
        CloudInit cloudInit = spec.cloudInit();
        if (cloudInit != null && cloudInit.userDataSecretName() != null) {
            mounts.add(mount(USER_DATA, MachineDefinition.USER_DATA, true));
        }
        if (cloudInit != null && cloudInit.networkDataSecretName() != null) {
            mounts.add(mount(NETWORK_DATA, MachineDefinition.NETWORK_DATA, true));
        }
        return mounts;
    }

    /** What the container beside QEMU mounts that emulates the TPM. */
    static List<VolumeMount> tpmMounts() {
        return List.of(
                mount(RUNTIME, RUNTIME_PATH, false),
                part(GUEST_STATE, MachineDefinition.TPM_STATE, "tpm"),
                mount(TPM_KEY, MachineDefinition.TPM_KEY, true));
    }

    static List<VolumeDevice> devices(List<ResolvedDisk> disks) {
        return disks.stream()
                .filter(ResolvedDisk::block)
                .map(disk -> new VolumeDevice(MachineDefinition.path(disk), volume(disk)))
                .toList();
    }

    /** The kubelet expands $(NAME) in values; doubled, a dollar sign stays one. */
    static List<EnvVar> environment(VirtualMachineDefinition definition) {
        return List.of(new EnvVar(
                VirtualMachineDefinition.ENVIRONMENT_VARIABLE,
                definition.toJson().replace("$", "$$"),
                null));
    }

    private static List<EnvVar> environment(VirtualMachineDefinition definition, String memoryOf) {
        List<EnvVar> variables = new ArrayList<>(environment(definition));
        if (!memoryOf.isEmpty()) {
            variables.add(new EnvVar(MachineFacts.ENVIRONMENT_VARIABLE, memoryOf, null));
        }
        return variables;
    }

    /** The definition that a pod carries, as JSON. */
    static String definition(PodSpec spec) {
        return spec.getContainers().getFirst().getEnv().stream()
                .filter(variable -> VirtualMachineDefinition.ENVIRONMENT_VARIABLE.equals(variable.getName()))
                .map(variable -> variable.getValue().replace("$$", "$"))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("a VM's pod has no definition"));
    }

    /** The same pod, started from the memory on a claim, of the generation that the VM is by now. */
    static PodSpec withSavedState(SavedState.Contents contents, String claim, String generationId) {
        PodSpec spec = contents.podSpec();
        VirtualMachineDefinition definition = VirtualMachineDefinition.fromJson(definition(spec))
                .resumedFrom(MachineDefinition.SAVED_STATE + MEMORY)
                .ofGeneration(generationId);
        return new PodSpecBuilder(spec)
                .removeMatchingFromVolumes(volume -> SAVED_STATE.equals(volume.getName()))
                .addNewVolume()
                .withName(SAVED_STATE)
                .withNewPersistentVolumeClaim()
                .withClaimName(claim)
                .endPersistentVolumeClaim()
                .endVolume()
                .editFirstContainer()
                .removeMatchingFromVolumeMounts(mount -> SAVED_STATE.equals(mount.getName()))
                .addToVolumeMounts(mount(SAVED_STATE, MachineDefinition.SAVED_STATE, false))
                .withEnv(environment(definition, contents.memoryOf()))
                .endContainer()
                .build();
    }

    private static String volume(ResolvedDisk disk) {
        return LauncherPod.diskVolume(disk.disk().name());
    }

    private static Volume claim(String name, String claim) {
        return new VolumeBuilder()
                .withName(name)
                .withNewPersistentVolumeClaim()
                .withClaimName(claim)
                .endPersistentVolumeClaim()
                .build();
    }

    private static Volume customKeys(SecureBoot keys) {
        if (keys.customSecretName() != null) {
            return secret(SECURE_BOOT_KEYS, keys.customSecretName());
        }
        return new VolumeBuilder()
                .withName(SECURE_BOOT_KEYS)
                .withNewConfigMap()
                .withName(keys.customConfigMapName())
                .endConfigMap()
                .build();
    }

    private static VolumeMount part(String name, String path, String folder) {
        return new VolumeMountBuilder()
                .withName(name)
                .withMountPath(path)
                .withSubPath(folder)
                .build();
    }

    private static Volume secret(String name, String secret) {
        return new VolumeBuilder()
                .withName(name)
                .withNewSecret()
                .withSecretName(secret)
                .endSecret()
                .build();
    }

    private static VolumeMount mount(String name, String path, boolean readOnly) {
        return new VolumeMountBuilder()
                .withName(name)
                .withMountPath(path)
                .withReadOnly(readOnly ? true : null)
                .build();
    }
}
