package io.kubehv.operator.checkpointschedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.utils.Serialization;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointPhase;
import io.kubehv.api.v1alpha1.CheckpointSchedule;
import io.kubehv.api.v1alpha1.CheckpointScheduleStatus;
import io.kubehv.api.v1alpha1.CheckpointStatus;
import io.kubehv.api.v1alpha1.VirtualMachine;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ScheduleDecisionTest {
    /** Five seconds after a time of the schedule. */
    private static final Instant NOW = Instant.parse("2026-01-10T22:00:05Z");

    private static final String DUE = "2026-01-10T22:00:00Z";

    private final List<Checkpoint> taken = new ArrayList<>();
    private final List<VirtualMachine> machines = new ArrayList<>(List.of(machine("web", "{}")));
    private final Map<String, Long> counts = new java.util.HashMap<>();

    private static CheckpointSchedule schedule(String more, String last) {
        CheckpointSchedule schedule = Serialization.unmarshal("""
                apiVersion: kubehv.io/v1alpha1
                kind: CheckpointSchedule
                metadata: {name: nightly, namespace: shop, uid: uid-nightly, creationTimestamp: "2026-01-01T00:00:00Z"}
                spec: {virtualMachine: web, schedule: "0 22 * * *", %s}
                """.formatted(more), CheckpointSchedule.class);
        if (last != null) {
            schedule.setStatus(new CheckpointScheduleStatus(last, null, null, null, null, null));
        }
        return schedule;
    }

    private static VirtualMachine machine(String name, String spec) {
        return Serialization.unmarshal("""
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualMachine
                metadata: {name: %s, namespace: shop, uid: uid-%s}
                spec: %s
                """.formatted(name, name, spec), VirtualMachine.class);
    }

    private Checkpoint taken(String at, CheckpointPhase phase) {
        Checkpoint checkpoint =
                ScheduledCheckpoint.desired(schedule("suspend: false", null), machine("web", "{}"), Instant.parse(at));
        checkpoint.getMetadata().setCreationTimestamp(at);
        checkpoint.setStatus(new CheckpointStatus(
                phase, null, null, null, null, null, null, null, null, null, null, null, null, null));
        taken.add(checkpoint);
        return checkpoint;
    }

    private SchedulePlan plan(CheckpointSchedule schedule) {
        return plan(schedule, NOW);
    }

    private SchedulePlan plan(CheckpointSchedule schedule, Instant now) {
        return ScheduleDecision.decide(new ObservedSchedule(schedule, machines, taken, counts, now));
    }

    @Test
    void a_checkpoint_is_taken_when_its_time_has_come_and_once() {
        CheckpointSchedule schedule = schedule("suspend: false", "2026-01-09T22:00:00Z");
        SchedulePlan before = plan(schedule, Instant.parse("2026-01-10T21:59:59Z"));
        assertThat(before.take()).isEmpty();
        assertThat(before.again()).isEqualTo(Duration.ofSeconds(1));

        SchedulePlan plan = plan(schedule);

        assertThat(plan.take()).containsExactlyElementsOf(machines);
        assertThat(plan.at()).isEqualTo(Instant.parse(DUE));
        assertThat(plan.status().lastScheduleTime()).isEqualTo(DUE);
        assertThat(plan.status().nextScheduleTime()).isEqualTo("2026-01-11T22:00:00Z");
        assertThat(plan.ready().reason()).isEqualTo("Scheduled");
        assertThat(plan(schedule("suspend: false", DUE)).take()).isEmpty();
    }

    @Test
    void times_that_were_missed_are_made_up_once_and_not_after_the_deadline() {
        SchedulePlan plan = plan(schedule("suspend: false", null), Instant.parse("2026-01-11T09:00:00Z"));
        assertThat(plan.take()).hasSize(1);
        assertThat(plan.status().lastScheduleTime()).isEqualTo(DUE);

        SchedulePlan late = plan(schedule("startingDeadlineSeconds: 600", null), Instant.parse("2026-01-11T09:00:00Z"));
        assertThat(late.take()).isEmpty();
        assertThat(late.ready().reason()).isEqualTo("ScheduleMissed");
        assertThat(plan(schedule("startingDeadlineSeconds: 600", null)).take()).hasSize(1);
    }

    @Test
    void a_suspended_schedule_takes_none_and_still_tidies_up() {
        taken("2026-01-08T22:00:00Z", CheckpointPhase.READY);
        taken("2026-01-09T22:00:00Z", CheckpointPhase.READY);

        SchedulePlan plan = plan(schedule("suspend: true, retention: {count: 1}", null));

        assertThat(plan.take()).isEmpty();
        assertThat(plan.delete()).hasSize(1);
        assertThat(plan.status().nextScheduleTime()).isNull();
        assertThat(plan.ready().reason()).isEqualTo("Suspended");
    }

    @Test
    void the_oldest_beyond_the_count_go_and_what_is_being_taken_is_not_counted() {
        Checkpoint oldest = taken("2026-01-07T22:00:00Z", CheckpointPhase.READY);
        taken("2026-01-09T22:00:00Z", CheckpointPhase.READY);
        taken("2026-01-08T22:00:00Z", CheckpointPhase.READY);
        taken(DUE, CheckpointPhase.CREATING);

        assertThat(plan(schedule("retention: {count: 2}", DUE)).delete()).containsExactly(oldest);
        assertThat(plan(schedule("retention: {count: 3}", DUE)).delete()).isEmpty();
    }

    @Test
    void those_too_old_go_but_for_the_newest_and_it_looks_again_when_the_next_is() {
        Checkpoint old = taken("2026-01-08T22:00:00Z", CheckpointPhase.READY);
        taken("2026-01-10T21:30:00Z", CheckpointPhase.READY);

        SchedulePlan plan = plan(schedule("retention: {age: 45m}", DUE));
        assertThat(plan.delete()).containsExactly(old);
        assertThat(plan.again()).isEqualTo(Duration.ofMinutes(15).minusSeconds(5));

        SchedulePlan later = plan(schedule("retention: {age: 1h}", DUE), Instant.parse("2026-01-20T12:00:00Z"));
        assertThat(later.delete()).containsExactly(old);
    }

    @Test
    void of_those_that_failed_the_last_stays_until_a_good_one_follows() {
        Checkpoint first = taken("2026-01-08T22:00:00Z", CheckpointPhase.FAILED);
        Checkpoint second = taken("2026-01-09T22:00:00Z", CheckpointPhase.FAILED);
        assertThat(plan(schedule("retention: {count: 5}", DUE)).delete()).containsExactly(first);

        taken(DUE, CheckpointPhase.READY);

        SchedulePlan plan = plan(schedule("retention: {count: 5}", DUE));
        assertThat(plan.delete()).containsExactlyInAnyOrder(first, second);
        assertThat(plan.status().checkpoints()).isEqualTo(1);
        assertThat(plan.status().lastCheckpoint()).isEqualTo("nightly-20260110-2200");
    }

    @Test
    void each_vm_keeps_its_own() {
        machines.add(machine("db", "{}"));
        taken("2026-01-09T22:00:00Z", CheckpointPhase.READY);
        Checkpoint other = ScheduledCheckpoint.desired(
                schedule("suspend: false", null), machine("db", "{}"), Instant.parse("2026-01-08T22:00:00Z"));
        other.getMetadata().setCreationTimestamp("2026-01-08T22:00:00Z");
        other.setStatus(taken.getFirst().getStatus());
        taken.add(other);

        assertThat(plan(schedule("retention: {count: 1}", DUE)).delete()).isEmpty();
    }

    @Test
    void a_vm_at_its_limit_is_left_out_and_the_others_are_taken() {
        machines.add(machine("db", "{}"));
        counts.put("web", 50L);
        counts.put("db", 49L);

        SchedulePlan plan = plan(schedule("suspend: false", null));

        assertThat(plan.take())
                .extracting(found -> found.getMetadata().getName())
                .containsExactly("db");
        assertThat(plan.ready().reason()).isEqualTo("TooManyCheckpoints");
        assertThat(plan.ready().message()).contains("none is taken of web");
    }

    @Test
    void none_is_taken_behind_one_that_is_not_done_nor_where_checkpoints_are_disabled() {
        taken("2026-01-09T22:00:00Z", CheckpointPhase.PENDING);
        assertThat(plan(schedule("suspend: false", null)).take()).isEmpty();

        taken.clear();
        machines.set(0, machine("web", "{checkpointType: Disabled}"));
        SchedulePlan plan = plan(schedule("suspend: false", null));
        assertThat(plan.take()).isEmpty();
        assertThat(plan.ready().reason()).isEqualTo("CheckpointsDisabled");
    }

    @Test
    void a_vm_that_is_missing_and_a_schedule_that_can_not_be_read_are_told() {
        machines.clear();
        assertThat(plan(schedule("suspend: false", null)).ready().reason()).isEqualTo("VirtualMachineNotFound");

        CheckpointSchedule schedule = schedule("timeZone: Europe/Nowhere", null);
        assertThat(plan(schedule).ready().reason()).isEqualTo("ScheduleNotValid");
        assertThat(plan(schedule).ready().stalled()).isPresent();
    }

    @Test
    void the_same_time_gives_the_same_name_and_the_vm_is_its_owner() {
        Checkpoint checkpoint =
                ScheduledCheckpoint.desired(schedule("type: Standard", null), machine("web", "{}"), Instant.parse(DUE));

        assertThat(checkpoint.getMetadata().getName()).isEqualTo("nightly-20260110-2200");
        assertThat(checkpoint.getMetadata().getOwnerReferences())
                .singleElement()
                .satisfies(owner -> assertThat(owner.getUid()).isEqualTo("uid-web"));
        assertThat(ScheduledCheckpoint.isOf(schedule("suspend: false", null), checkpoint))
                .isTrue();
        assertThat(ScheduledCheckpoint.scheduledAt(checkpoint)).contains(Instant.parse(DUE));
    }
}
