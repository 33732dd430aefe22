package io.kubehv.operator.virtualmachine;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kubehv.api.v1alpha1.Accelerator;
import io.kubehv.api.v1alpha1.AssignedMemory;
import io.kubehv.api.v1alpha1.AttachedAdapter;
import io.kubehv.api.v1alpha1.AttachedDisk;
import io.kubehv.api.v1alpha1.Identity;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineSpec;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.virtualmachine.dependent.GuestState;
import io.kubehv.operator.virtualmachine.dependent.LauncherPod;
import io.kubehv.operator.virtualmachine.dependent.TestSettings;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Observations of the VM in fixtures/web.yaml. */
public final class Fixtures {
    public static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    public static final Identity IDENTITY = new Identity(
            "aaaaaaaa-0000-4000-8000-000000000001",
            "bbbbbbbb-0000-4000-8000-000000000001",
            Map.of("lan", "00:15:5d:00:00:01"));

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private Fixtures() {}

    public static VirtualMachine web() {
        InputStream yaml = Fixtures.class.getResourceAsStream("/fixtures/web.yaml");
        return Serialization.unmarshal(yaml, VirtualMachine.class);
    }

    public static VirtualMachine web(PowerState wanted) {
        VirtualMachine machine = web();
        machine.setSpec(with(machine.getSpec(), wanted));
        return machine;
    }

    public static VirtualMachineSpec with(VirtualMachineSpec spec, PowerState wanted) {
        return with(spec, "powerState", wanted);
    }

    /** The spec with another value of a top-level field. */
    public static VirtualMachineSpec with(VirtualMachineSpec spec, String field, Object value) {
        ObjectNode edited = JSON.valueToTree(spec);
        edited.set(field, JSON.valueToTree(value));
        return JSON.convertValue(edited, VirtualMachineSpec.class);
    }

    /** With a status as the operator or a daemon left it. */
    public static VirtualMachine at(VirtualMachine machine, VirtualMachineState state, Reason reason) {
        Condition ready = new ConditionBuilder()
                .withType("Ready")
                .withStatus("False")
                .withReason(reason.text())
                .withMessage("before")
                .withObservedGeneration(3L)
                .withLastTransitionTime("2026-01-01T11:00:00Z")
                .build();
        machine.setStatus(
                new VirtualMachineStatus(state, 3L, null, "web", null, IDENTITY, null, null, null, List.of(ready)));
        return machine;
    }

    /** The VM with one more condition, as its daemon tells it. */
    public static VirtualMachine withCondition(VirtualMachine machine, Condition condition) {
        List<Condition> conditions = new ArrayList<>(machine.getStatus().conditions());
        conditions.add(condition);
        edit(machine, "conditions", conditions);
        return machine;
    }

    /** The VM as long as its daemon has hold of its QEMU. */
    public static VirtualMachine held(VirtualMachine machine) {
        edit(machine, "accelerator", Accelerator.TCG);
        return machine;
    }

    /** The VM with the devices and the memory that its daemon tells of, and all else of its status as it was. */
    public static void reported(
            VirtualMachine machine,
            @Nullable List<AttachedDisk> disks,
            @Nullable AssignedMemory memory,
            @Nullable List<AttachedAdapter> adapters) {
        edit(machine, "disks", disks);
        edit(machine, "memory", memory);
        edit(machine, "networkAdapters", adapters);
    }

    /** The VM with another value of a top-level field of its status. */
    private static void edit(VirtualMachine machine, String field, @Nullable Object value) {
        ObjectNode edited = JSON.valueToTree(machine.getStatus());
        edited.set(field, JSON.valueToTree(value));
        machine.setStatus(JSON.convertValue(edited, VirtualMachineStatus.class));
    }

    public static List<ResolvedDisk> disks(VirtualMachine machine) {
        return machine.getSpec().disks().stream()
                .map(disk -> new ResolvedDisk(
                        disk,
                        disk.virtualHardDisk() == null ? "web-data" : "debian",
                        false,
                        null,
                        "kubehv",
                        null,
                        false))
                .toList();
    }

    /** The claim of the VM's own state, as the first start made it. */
    public static PersistentVolumeClaim guestState(VirtualMachine machine) {
        return GuestState.desired(machine, "kubehv");
    }

    public static Pod pod(VirtualMachine machine) {
        return new PodBuilder(LauncherPod.desired(machine, IDENTITY, disks(machine), new TestSettings(), 0))
                .editMetadata()
                .withUid("pod-1")
                .withCreationTimestamp("2026-01-01T11:00:00Z")
                .endMetadata()
                .withNewStatus()
                .withPhase("Pending")
                .endStatus()
                .build();
    }

    public static Pod running(VirtualMachine machine) {
        return new PodBuilder(pod(machine))
                .editSpec()
                .withNodeName("worker")
                .endSpec()
                .editStatus()
                .withPhase("Running")
                .addNewPodIP("10.0.0.7")
                .endStatus()
                .build();
    }

    /** A pod that ended so many seconds before {@link #NOW}, after a run of five minutes. */
    public static Pod ended(VirtualMachine machine, int exitCode, String message, long secondsAgo) {
        Instant end = NOW.minusSeconds(secondsAgo);
        return new PodBuilder(running(machine))
                .editStatus()
                .withPhase(exitCode == 0 ? "Succeeded" : "Failed")
                .addNewContainerStatus()
                .withName(LauncherPod.CONTAINER)
                .withNewState()
                .withNewTerminated()
                .withExitCode(exitCode)
                .withMessage(message)
                .withStartedAt(end.minusSeconds(300).toString())
                .withFinishedAt(end.toString())
                .endTerminated()
                .endState()
                .endContainerStatus()
                .endStatus()
                .build();
    }

    public static Pod deleting(Pod pod) {
        return new PodBuilder(pod)
                .editMetadata()
                .withDeletionTimestamp("2026-01-01T11:59:00Z")
                .endMetadata()
                .build();
    }

    public static Observed observed(VirtualMachine machine, Pod pod) {
        return observed(machine, pod, null, null);
    }

    public static Observed observed(VirtualMachine machine, Pod pod, Pod savePod, PersistentVolumeClaim savedState) {
        return new Observed(
                machine, pod, savePod, savedState, guestState(machine), disks(machine), Prerequisites.MET, NOW);
    }
}
