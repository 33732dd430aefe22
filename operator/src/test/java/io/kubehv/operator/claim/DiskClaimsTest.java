package io.kubehv.operator.claim;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DiskClaimsTest {
    private static final ClaimUse WRITE = new ClaimUse("shop/data", false);
    private static final ClaimUse READ = new ClaimUse("shop/data", true);

    private final DiskClaims claims =
            new DiskClaims(Clock.fixed(Instant.parse("2026-01-01T00:00:00Z"), ZoneOffset.UTC));

    @Test
    void of_many_that_ask_at_once_one_gets_the_disk() throws Exception {
        List<Callable<Boolean>> askers = IntStream.range(0, 64)
                .<Callable<Boolean>>mapToObj(i -> () ->
                        claims.acquire("uid-" + i, "VM " + i, List.of(WRITE)).isEmpty())
                .toList();
        int granted = 0;
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            for (Future<Boolean> answer : threads.invokeAll(askers)) {
                granted += answer.get() ? 1 : 0;
            }
        }
        assertThat(granted).isEqualTo(1);
    }

    @Test
    void readers_share_and_a_writer_does_not() {
        assertThat(claims.acquire("a", "VM a", List.of(READ))).isEmpty();
        assertThat(claims.acquire("b", "VM b", List.of(READ))).isEmpty();
        assertThat(claims.acquire("c", "VM c", List.of(WRITE)))
                .hasValueSatisfying(conflict -> assertThat(conflict.holder()).isIn("VM a", "VM b"));
    }

    @Test
    void a_refusal_grants_nothing_of_what_was_asked() {
        assertThat(claims.acquire("a", "VM a", List.of(WRITE))).isEmpty();
        ClaimUse other = new ClaimUse("shop/other", false);
        assertThat(claims.acquire("b", "VM b", List.of(other, WRITE))).isPresent();
        assertThat(claims.acquire("c", "VM c", List.of(other))).isEmpty();
    }

    @Test
    void the_same_owner_may_ask_twice_and_a_release_frees() {
        assertThat(claims.acquire("a", "VM a", List.of(WRITE))).isEmpty();
        assertThat(claims.acquire("a", "VM a", List.of(WRITE))).isEmpty();
        claims.release("a");
        assertThat(claims.acquire("b", "VM b", List.of(WRITE))).isEmpty();
    }

    @Test
    void a_pod_that_exists_holds_its_disks_until_it_has_ended() {
        Pod pod = pod("Running");
        claims.consult(claim -> List.of(pod), () -> true);
        assertThat(claims.acquire("b", "VM b", List.of(WRITE)))
                .contains(new ClaimConflict("shop/data", "VirtualMachine a", true));

        pod.getStatus().setPhase("Succeeded");
        assertThat(claims.acquire("b", "VM b", List.of(WRITE))).isEmpty();
    }

    @Test
    void a_grant_holds_until_the_cache_shows_the_pod_that_was_made_on_it() {
        List<Pod> cache = new ArrayList<>();
        Pod older = pod("Succeeded");
        older.getMetadata().setUid("pod-0");
        cache.add(older);
        claims.consult(claim -> cache, () -> true);
        assertThat(claims.acquire("a", "VM a", List.of(WRITE))).isEmpty();
        claims.settle("a");
        assertThat(claims.acquire("b", "VM b", List.of(WRITE))).isPresent();
        claims.made("a", "pod-a");
        claims.settle("a");
        assertThat(claims.acquire("b", "VM b", List.of(WRITE))).isPresent();

        cache.add(pod("Succeeded"));

        assertThat(claims.acquire("b", "VM b", List.of(WRITE))).isEmpty();
    }

    @Test
    void a_volume_that_only_guides_the_scheduler_holds_nothing() {
        Pod pod = pod("Running");
        pod.getSpec().getVolumes().getFirst().setName("sibling-0");
        claims.consult(claim -> List.of(pod), () -> true);

        assertThat(claims.acquire("b", "VM b", List.of(WRITE))).isEmpty();
    }

    @Test
    void nothing_is_granted_before_all_caches_are_filled() {
        claims.consult(claim -> List.of(), () -> true);
        claims.consult(claim -> List.of(), () -> true);
        assertThat(claims.ready()).isFalse();
        claims.consult(claim -> List.of(), () -> true);
        assertThat(claims.ready()).isTrue();
    }

    private static Pod pod(String phase) {
        return new PodBuilder()
                .withNewMetadata()
                .withName("a")
                .withNamespace("shop")
                .withUid("pod-a")
                .addNewOwnerReference()
                .withKind("VirtualMachine")
                .withName("a")
                .withUid("a")
                .withController(true)
                .endOwnerReference()
                .endMetadata()
                .withNewSpec()
                .addNewVolume()
                .withName("disk-data")
                .withNewPersistentVolumeClaim("data", null)
                .endVolume()
                .endSpec()
                .withNewStatus()
                .withPhase(phase)
                .endStatus()
                .build();
    }
}
