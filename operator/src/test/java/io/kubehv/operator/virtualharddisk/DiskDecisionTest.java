package io.kubehv.operator.virtualharddisk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kubehv.api.v1alpha1.VirtualHardDisk;
import io.kubehv.api.v1alpha1.VirtualHardDiskPhase;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualharddisk.ObservedDisk.Parent;
import io.kubehv.operator.virtualharddisk.ObservedDisk.Storage;
import io.kubehv.operator.virtualharddisk.dependent.DiskClaim;
import io.kubehv.operator.virtualharddisk.dependent.ImportPod;
import io.kubehv.operator.virtualharddisk.dependent.Placement;
import io.kubehv.operator.virtualmachine.dependent.TestSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DiskDecisionTest {
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final Storage OURS = new Storage("kubehv", true, false);
    private static final String HTTP = "http: {url: 'http://example.test/a'}";
    private static final String OTHER = "http: {url: 'http://example.test/b'}";
    private static final String CLONE = "parent: {name: golden}";

    @Test
    void a_blank_disk_is_ready_with_its_claim() {
        DiskPlan plan = DiskDecision.decide(observed("blank: {}", null, null, null, ""));

        assertThat(plan.phase()).isEqualTo(VirtualHardDiskPhase.READY);
        assertThat(plan.actions()).containsExactly(new DiskAction.CreateClaim(false));
    }

    @Test
    void an_import_makes_the_claim_and_the_pod() {
        DiskPlan plan = DiskDecision.decide(observed(HTTP, null, null, null, ""));

        assertThat(plan.phase()).isEqualTo(VirtualHardDiskPhase.IMPORTING);
        assertThat(plan.actions())
                .containsExactly(new DiskAction.CreateClaim(false), new DiskAction.CreateImportPod(1));
    }

    @Test
    void a_disk_is_filled_only_when_its_import_has_succeeded() {
        ObservedDisk empty = observed(HTTP, "claim", null, null, "");
        Pod done = ended(empty, 0, "{\"format\":\"qcow2\"}", 0);

        assertThat(empty.filled()).isFalse();
        assertThat(DiskDecision.decide(with(empty, done)).actions())
                .containsExactly(new DiskAction.MarkFilled(empty.claim()), new DiskAction.DeletePod(done));
    }

    @Test
    void a_failed_import_tells_the_importers_reason_and_waits() {
        ObservedDisk empty = observed(HTTP, "claim", null, null, "");
        Pod failed = ended(empty, 65, "{\"reason\":\"ChecksumMismatch\",\"message\":\"another file\"}", 4);

        DiskPlan plan = DiskDecision.decide(with(empty, failed));

        assertThat(plan.phase()).isEqualTo(VirtualHardDiskPhase.FAILED);
        assertThat(plan.ready().reason()).isEqualTo("ChecksumMismatch");
        assertThat(plan.failures()).isEqualTo(1);
        assertThat(plan.again()).isEqualTo(Duration.ofSeconds(6));
        assertThat(DiskDecision.decide(with(empty, ended(empty, 65, "x", 10))).start())
                .contains(new DiskAction.CreateImportPod(2));
    }

    @Test
    void another_secret_is_another_import_at_once() {
        ObservedDisk before = observed(HTTP, "claim", null, null, "/1");
        Pod failed = ended(before, 65, "{}", 0);
        ObservedDisk after = observed(HTTP, "claim", null, null, "/2");

        assertThat(DiskDecision.decide(with(after, failed)).start()).contains(new DiskAction.CreateImportPod(1));
    }

    @Test
    void what_does_not_exist_is_asked_for() {
        DiskPlan plan = DiskDecision.decide(observed(HTTP, "claim", null, null, "/absent"));

        assertThat(plan.start()).isEmpty();
        assertThat(plan.ready().reason()).isEqualTo("SecretNotFound");
    }

    @Test
    void a_clone_waits_while_somebody_writes_to_its_parent() {
        VirtualHardDisk golden = disk("golden", "blank: {}");
        Parent busy = new Parent("golden", golden, null, true, "VirtualMachine web");

        DiskPlan plan = DiskDecision.decide(observed(CLONE, null, null, busy, ""));

        assertThat(plan.actions()).isEmpty();
        assertThat(plan.ready().reason()).isEqualTo("ParentInUse");
        assertThat(plan.ready().message()).contains("VirtualMachine web");
    }

    @Test
    void a_clone_in_the_class_of_its_parent_is_the_drivers() {
        VirtualHardDisk golden = disk("golden", "blank: {}");
        PersistentVolumeClaim claim = DiskClaim.desired(golden, OURS, new TestSettings());
        Parent parent = new Parent("golden", golden, claim, true, null);

        assertThat(DiskDecision.decide(observed(CLONE, null, null, parent, "")).actions())
                .containsExactly(new DiskAction.CreateClaim(true), new DiskAction.CreateImportPod(1));
    }

    @Test
    void a_disk_without_a_storage_class_says_so() {
        ObservedDisk base = observed("blank: {}", null, null, null, "");
        ObservedDisk none = new ObservedDisk(
                base.disk(), null, null, new Storage(null, false, false), null, null, "", Placement.anywhere(), NOW);

        assertThat(DiskDecision.decide(none).ready().reason()).isEqualTo("StorageClassNotFound");
    }

    @Test
    void a_disk_that_was_filled_is_not_filled_again_though_the_mark_on_its_claim_is_lost() {
        ObservedDisk empty = observed(HTTP, "claim", null, null, "");
        DiskPlan filled = DiskDecision.decide(with(empty, ended(empty, 0, "{}", 0)));
        empty.disk().setStatus(DiskStatus.build(empty, filled));

        DiskPlan plan = DiskDecision.decide(empty);

        assertThat(plan.phase()).isEqualTo(VirtualHardDiskPhase.READY);
        assertThat(plan.actions()).containsExactly(new DiskAction.MarkFilled(empty.claim()));
        empty.claim().getMetadata().setUid("another");
        assertThat(DiskDecision.decide(empty).start()).isPresent();
    }

    @Test
    void a_source_that_changes_after_the_disk_was_filled_is_said_to_be_ignored() {
        ObservedDisk disk = observed(HTTP, "claim", null, null, "");
        disk.claim()
                .getMetadata()
                .setAnnotations(Map.of(
                        "kubehv.io/filled", "true", "kubehv.io/filled-from", ImportPod.source(disk("web", OTHER))));

        DiskPlan plan = DiskDecision.decide(disk);

        assertThat(plan.ready().holds()).isTrue();
        assertThat(plan.ready().reason()).isEqualTo("SourceIgnored");
        assertThat(plan.actions()).isEmpty();
    }

    @Test
    void an_import_without_a_node_is_made_anew_where_its_vm_may_run_now() {
        ObservedDisk anywhere = observed(HTTP, "claim", null, null, "");
        Pod pending = new PodBuilder(ImportPod.desired(anywhere, 1, new TestSettings()))
                .withNewStatus()
                .withPhase("Pending")
                .endStatus()
                .build();
        assertThat(DiskDecision.decide(with(anywhere, pending)).actions()).isEmpty();
        ObservedDisk picky = new ObservedDisk(
                anywhere.disk(),
                anywhere.claim(),
                pending,
                OURS,
                null,
                null,
                "",
                new Placement(Map.of("disk", "fast"), null, null, List.of()),
                NOW);

        assertThat(DiskDecision.decide(picky).actions()).containsExactly(new DiskAction.DeletePod(pending));
        pending.getSpec().setNodeName("worker");
        assertThat(DiskDecision.decide(picky).actions()).isEmpty();
    }

    @Test
    void an_import_that_failed_for_its_source_is_stalled() {
        ObservedDisk empty = observed(HTTP, "claim", null, null, "");
        Pod failed = ended(empty, 65, "{\"reason\":\"ChecksumMismatch\",\"message\":\"another file\"}", 4);

        assertThat(DiskStatus.build(empty, DiskDecision.decide(with(empty, failed)))
                        .conditions())
                .extracting(Condition::getType, Condition::getStatus)
                .containsExactly(tuple("Ready", "False"), tuple("Stalled", "True"));
    }

    @Test
    void a_disk_whose_growth_is_refused_can_be_attached_and_says_why_it_did_not_grow() {
        DiskPlan ready = DiskPlan.of(VirtualHardDiskPhase.READY, Verdict.yes(Reason.READY, "it can be attached"));

        DiskPlan plan = DiskExecutor.refused(
                ready, new DiskAction.GrowClaim(null, 1), "only dynamically provisioned pvc can be resized");

        assertThat(plan.phase()).isEqualTo(VirtualHardDiskPhase.READY);
        assertThat(plan.ready().holds()).isTrue();
        assertThat(plan.ready().reason()).isEqualTo("GrowthRefused");
        assertThat(plan.ready().message()).contains("only dynamically provisioned pvc can be resized");
        assertThat(plan.again()).isNotNull();
    }

    private static ObservedDisk observed(String source, String claim, Pod pod, Parent parent, String referenced) {
        VirtualHardDisk disk = disk("web", source);
        PersistentVolumeClaim present = claim == null
                ? null
                : new PersistentVolumeClaimBuilder(DiskClaim.desired(disk, OURS, new TestSettings()))
                        .editMetadata()
                        .withUid("uid-claim")
                        .endMetadata()
                        .build();
        return new ObservedDisk(disk, present, pod, OURS, parent, null, referenced, Placement.anywhere(), NOW);
    }

    private static ObservedDisk with(ObservedDisk observed, Pod pod) {
        return new ObservedDisk(
                observed.disk(),
                observed.claim(),
                pod,
                observed.storage(),
                observed.parent(),
                null,
                observed.referenced(),
                observed.beside(),
                NOW);
    }

    private static VirtualHardDisk disk(String name, String source) {
        return Serialization.unmarshal("""
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualHardDisk
                metadata: {name: %s, namespace: shop, uid: uid-%s, generation: 1, creationTimestamp: "2026-01-01T00:00:00Z"}
                spec: {size: 64Mi, %s}
                """.formatted(name, name, source), VirtualHardDisk.class);
    }

    private static Pod ended(ObservedDisk observed, int exitCode, String message, long secondsAgo) {
        Instant end = NOW.minusSeconds(secondsAgo);
        return new PodBuilder(ImportPod.desired(observed, 1, new TestSettings()))
                .withNewStatus()
                .withPhase(exitCode == 0 ? "Succeeded" : "Failed")
                .addNewContainerStatus()
                .withName(ImportPod.CONTAINER)
                .withNewState()
                .withNewTerminated()
                .withExitCode(exitCode)
                .withMessage(message)
                .withStartedAt(end.toString())
                .withFinishedAt(end.toString())
                .endTerminated()
                .endState()
                .endContainerStatus()
                .endStatus()
                .build();
    }
}
