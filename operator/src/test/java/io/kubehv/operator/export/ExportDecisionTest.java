package io.kubehv.operator.export;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kubehv.api.v1alpha1.CaptureState;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointType;
import io.kubehv.api.v1alpha1.Export;
import io.kubehv.api.v1alpha1.ExportPhase;
import io.kubehv.api.v1alpha1.ExportStatus;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.virtualmachine.Fixtures;
import io.kubehv.operator.virtualmachine.dependent.LauncherPod;
import io.kubehv.operator.virtualmachine.dependent.SavedState;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ExportDecisionTest {
    private static Export export(String spec, @Nullable ExportStatus status) {
        Export export = Serialization.unmarshal("""
                apiVersion: kubehv.io/v1alpha1
                kind: Export
                metadata: {name: out, namespace: lab, uid: export-1}
                spec: {%s, target: {persistentVolumeClaim: {name: shelf}}}
                """.formatted(spec), Export.class);
        export.setStatus(status);
        return export;
    }

    private static Checkpoint checkpoint(String phase, String type, String more) {
        return Serialization.unmarshal("""
                apiVersion: kubehv.io/v1alpha1
                kind: Checkpoint
                metadata: {name: out-export, namespace: lab, uid: checkpoint-1, labels: {kubehv.io/export-uid: export-1}}
                spec: {virtualMachine: web}
                status:
                  phase: %s
                  type: %s
                  nodeName: worker
                  %s
                  disks:
                  - {name: root, persistentVolumeClaim: debian, volumeHandle: worker/debian, volumeSnapshot: out-export-root}
                """.formatted(phase, type, more), Checkpoint.class);
    }

    private static final PersistentVolumeClaim SOURCE = new PersistentVolumeClaimBuilder()
            .withNewMetadata()
            .withName("debian")
            .endMetadata()
            .withNewSpec()
            .endSpec()
            .build();

    private static ExportPlan decide(
            Export export, @Nullable Checkpoint checkpoint, @Nullable Pod pod, String missing) {
        return decide(export, checkpoint, pod, missing, null);
    }

    private static ExportPlan decide(
            Export export,
            @Nullable Checkpoint checkpoint,
            @Nullable Pod pod,
            String missing,
            @Nullable PersistentVolumeClaim memory) {
        VirtualMachine web = Fixtures.web();
        return ExportDecision.decide(new ObservedExport(
                export,
                web,
                checkpoint,
                memory,
                LauncherPod.definition(web, Fixtures.IDENTITY, Fixtures.disks(web)),
                Map.of("root", SOURCE),
                List.of(),
                pod,
                null,
                missing,
                Fixtures.NOW));
    }

    private static ExportStatus copying(int interruptions) {
        ExportStatus copying =
                ExportStatuses.copying(ExportStatus.NONE, "web", "out-export", null, false, "shelf:/out");
        return interruptions == 0 ? copying : ExportStatuses.interrupted(copying, interruptions);
    }

    private static Pod ended(int exitCode, String message) {
        return new PodBuilder()
                .withNewMetadata()
                .withName("out-export")
                .endMetadata()
                .withNewSpec()
                .endSpec()
                .withNewStatus()
                .withPhase(exitCode == 0 ? "Succeeded" : "Failed")
                .addNewContainerStatus()
                .withName("main")
                .withNewState()
                .withNewTerminated()
                .withExitCode(exitCode)
                .withMessage(message)
                .endTerminated()
                .endState()
                .endContainerStatus()
                .endStatus()
                .build();
    }

    @Test
    void what_a_checkpoint_is_taken_as_is_what_was_asked_for() {
        assertThat(ExportExecutor.type(null)).isEqualTo(CheckpointType.PRODUCTION);
        assertThat(ExportExecutor.type(CaptureState.DATA_CONSISTENT)).isEqualTo(CheckpointType.PRODUCTION_ONLY);
        assertThat(ExportExecutor.type(CaptureState.CRASH_CONSISTENT)).isEqualTo(CheckpointType.STANDARD);
    }

    @Test
    void what_the_disks_are_follows_from_the_checkpoint() {
        Export export = export("virtualMachine: web", null);

        assertThat(decide(export, checkpoint("Ready", "Production", "machinePodUid: pod-1"), null, "")
                        .status()
                        .captureState())
                .isEqualTo(CaptureState.DATA_CONSISTENT);
        assertThat(decide(export, checkpoint("Ready", "Standard", "machinePodUid: pod-1"), null, "")
                        .status()
                        .captureState())
                .isEqualTo(CaptureState.CRASH_CONSISTENT);
        assertThat(decide(export, checkpoint("Ready", "Production", ""), null, "")
                        .status()
                        .captureState())
                .isNull();
    }

    private static final String WITH_MEMORY = "machinePodUid: pod-1\n  memoryPersistentVolumeClaim: out-export-memory";

    @Test
    void a_memory_goes_along_with_a_checkpoint_that_has_one() {
        PersistentVolumeClaim kept = SavedState.desired(Fixtures.web(), Fixtures.running(Fixtures.web()), null);

        ExportPlan plan = decide(
                export("virtualMachine: web, memory: true", null),
                checkpoint("Ready", "Standard", WITH_MEMORY),
                null,
                "",
                kept);

        assertThat(plan.status().phase()).isEqualTo(ExportPhase.COPYING);
        assertThat(plan.status().memory()).isTrue();
        ExportPlan none = decide(
                export("virtualMachine: web", null), checkpoint("Ready", "Standard", WITH_MEMORY), null, "", null);
        assertThat(none.status().memory()).isNull();
    }

    @Test
    void a_memory_that_there_is_not_is_not_left_out_in_silence() {
        ExportPlan off = decide(
                export("virtualMachine: web, memory: true", null), checkpoint("Ready", "Standard", ""), null, "");
        assertThat(off.status().phase()).isEqualTo(ExportPhase.FAILED);
        assertThat(off.ready().reason()).isEqualTo("NoMemory");
        assertThat(off.ready().message()).contains("was off");

        ExportPlan production = decide(
                export("checkpoint: out-export, memory: true", null),
                checkpoint("Ready", "Production", "machinePodUid: pod-1"),
                null,
                "");
        assertThat(production.ready().reason()).isEqualTo("NoMemory");
        assertThat(production.ready().message()).contains("name a Standard one");
    }

    @Test
    void a_memory_is_not_exported_with_a_spec_that_describes_another_machine() {
        VirtualMachine larger = Fixtures.web();
        larger.setSpec(Fixtures.with(larger.getSpec(), "memory", Map.of("startup", "4Gi")));
        PersistentVolumeClaim kept = SavedState.desired(larger, Fixtures.running(larger), null);

        ExportPlan plan = decide(
                export("checkpoint: out-export, memory: true", null),
                checkpoint("Ready", "Standard", WITH_MEMORY),
                null,
                "",
                kept);

        assertThat(plan.status().phase()).isEqualTo(ExportPhase.FAILED);
        assertThat(plan.ready().reason()).isEqualTo("MemoryDoesNotFit");
        assertThat(plan.ready().message()).contains("changed since its memory was kept, in memory,");
    }

    @Test
    void an_export_of_a_vm_with_a_tpm_says_that_its_key_is_not_in_it() {
        assertThat(decide(export("virtualMachine: web", copying(0)), null, ended(0, "{\"bytes\": 1}"), "")
                        .ready()
                        .message())
                .isEqualTo("all of it is at shelf:/out");
        VirtualMachine web = Fixtures.web();
        web.setSpec(Fixtures.with(web.getSpec(), "security", Map.of("tpm", Map.of("enabled", true))));

        ExportPlan plan = ExportDecision.decide(new ObservedExport(
                export("virtualMachine: web", copying(0)),
                web,
                null,
                null,
                null,
                Map.of(),
                List.of(),
                ended(0, "{\"bytes\": 1}"),
                null,
                "",
                Fixtures.NOW));

        assertThat(plan.ready().message()).contains("not the key of its TPM", "Secret \"web-tpm-key\"");
    }

    @Test
    void a_checkpoint_that_was_not_taken_fails_the_export_in_its_words_and_goes() {
        ExportPlan plan = decide(
                export("virtualMachine: web", null),
                checkpoint(
                        "Failed",
                        "ProductionOnly",
                        "conditions: [{type: Ready, status: 'False', reason: CheckpointRefused, message: no agent}]"),
                null,
                "");

        assertThat(plan.status().phase()).isEqualTo(ExportPhase.FAILED);
        assertThat(plan.ready().message()).contains("no agent");
        assertThat(plan.actions()).hasAtLeastOneElementOfType(ExportAction.DeleteCheckpoint.class);
    }

    @Test
    void a_checkpoint_of_somebody_else_never_goes() {
        Checkpoint theirs = checkpoint("Failed", "Production", "");
        theirs.getMetadata().setLabels(Map.of());

        assertThat(decide(export("checkpoint: out-export", null), theirs, null, "")
                        .actions())
                .isEmpty();
        assertThat(decide(export("virtualMachine: web", null), theirs, null, "")
                        .ready()
                        .reason())
                .isEqualTo("NameTaken");
    }

    @Test
    void nothing_begins_before_the_secret_of_the_target_is_there() {
        ExportPlan plan = decide(export("virtualMachine: web", null), null, null, "there is no Secret \"s\"");

        assertThat(plan.ready().reason()).isEqualTo("SecretNotFound");
        assertThat(plan.actions()).isEmpty();
    }

    @Test
    void a_pod_that_is_ended_by_others_is_made_anew_five_times() {
        Checkpoint checkpoint = checkpoint("Ready", "Production", "");

        ExportPlan again = decide(export("virtualMachine: web", copying(4)), checkpoint, ended(137, ""), "");
        ExportPlan over = decide(export("virtualMachine: web", copying(5)), checkpoint, ended(137, ""), "");

        assertThat(again.status().interruptions()).isEqualTo(5);
        assertThat(again.status().phase()).isEqualTo(ExportPhase.COPYING);
        assertThat(again.actions()).singleElement().isInstanceOf(ExportAction.DeletePod.class);
        assertThat(over.status().phase()).isEqualTo(ExportPhase.FAILED);
    }

    @Test
    void what_its_program_says_is_final_and_the_cluster_is_cleared() {
        ExportPlan plan = decide(
                export("virtualMachine: web", copying(0)),
                checkpoint("Ready", "Production", ""),
                ended(65, "{\"reason\": \"NoSpace\", \"message\": \"full\"}"),
                "");

        assertThat(plan.status().phase()).isEqualTo(ExportPhase.FAILED);
        assertThat(plan.ready().reason()).isEqualTo("NoSpace");
        assertThat(plan.actions())
                .hasExactlyElementsOfTypes(ExportAction.DeletePod.class, ExportAction.DeleteCheckpoint.class);
    }

    @Test
    void claims_come_before_the_pod_that_mounts_them() {
        assertThat(decide(export("virtualMachine: web", copying(0)), checkpoint("Ready", "Production", ""), null, "")
                        .actions())
                .hasExactlyElementsOfTypes(ExportAction.CreateClaim.class, ExportAction.CreatePod.class);
    }
}
