package io.kubehv.operator.machineimport.dependent;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.kubehv.api.v1alpha1.DerivedName;
import io.kubehv.api.v1alpha1.Import;
import io.kubehv.api.v1alpha1.ImportFolder;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.hv.definition.ExportManifest;
import io.kubehv.hv.definition.MachineImportDefinition;
import io.kubehv.operator.OperatorSettings;
import io.kubehv.operator.pod.OneShotPod;
import io.kubehv.operator.pod.PodRoles;
import io.kubehv.operator.virtualharddisk.dependent.Placement;
import io.kubehv.operator.virtualmachine.dependent.GuestState;
import io.kubehv.operator.virtualmachine.dependent.SavedState;
import java.util.List;
import java.util.Objects;

/** The pods that read of an export what is no disk: first one that looks at the manifest, then one that fills the guest state and the memory. */
public final class MachineImportPod {
    private static final String PROGRAM = "/usr/local/bin/machine-import";
    private static final String SOURCE = "source";
    private static final String SOURCE_PATH = "/source";
    private static final String GUEST_STATE_PATH = "/guest-state";
    private static final String MEMORY_PATH = "/memory";

    private MachineImportPod() {}

    public static String inspectionName(Import request) {
        return DerivedName.of(request.getMetadata().getName(), "import-manifest");
    }

    public static String stateName(Import request) {
        return DerivedName.of(request.getMetadata().getName(), "import-state");
    }

    public static Pod inspection(Import request, OperatorSettings settings) {
        OneShotPod pod = new OneShotPod(PROGRAM, settings);
        return build(
                request, inspectionName(request), pod, new MachineImportDefinition(source(request, pod), null, null));
    }

    /** Where the first disk is, as the VM needs both. */
    public static Pod state(
            Import request, ExportManifest manifest, VirtualMachine machine, OperatorSettings settings) {
        String name = machine.getMetadata().getName();
        List<String> siblings = manifest.disks().isEmpty()
                ? List.of()
                : List.of(ImportedDisk.name(name, manifest.disks().getFirst().name()));
        Placement placement = Placement.with(machine, siblings);
        OneShotPod pod = new OneShotPod(PROGRAM, settings).beside(siblings).with(spec -> place(spec, placement));
        boolean guestState = !manifest.guestState().isEmpty();
        if (guestState) {
            pod.claim("guest-state", GuestState.name(machine), GUEST_STATE_PATH, false);
        }
        boolean memory = ImportedMemory.of(request, manifest).isPresent();
        if (memory) {
            pod.claim("memory", SavedState.name(machine), MEMORY_PATH, false);
        }
        return build(
                request,
                stateName(request),
                pod,
                new MachineImportDefinition(
                        source(request, pod), guestState ? GUEST_STATE_PATH : null, memory ? MEMORY_PATH : null));
    }

    private static void place(PodSpecBuilder spec, Placement placement) {
        spec.withNodeSelector(placement.nodeSelector())
                .withAffinity(placement.affinity())
                .withTolerations(placement.tolerations());
    }

    private static MachineImportDefinition.Source source(Import request, OneShotPod pod) {
        ImportFolder folder = request.getSpec().source().persistentVolumeClaim();
        if (folder == null) {
            return pod.web(Objects.requireNonNull(request.getSpec().source().http()));
        }
        pod.claim(SOURCE, folder.name(), SOURCE_PATH, true);
        return new MachineImportDefinition.Folder(SOURCE_PATH + "/" + folder.path());
    }

    private static Pod build(Import request, String name, OneShotPod pod, MachineImportDefinition definition) {
        return pod.build(
                request,
                name,
                PodRoles.MACHINE_IMPORT,
                MachineImportDefinition.ENVIRONMENT_VARIABLE,
                definition.toJson());
    }
}
