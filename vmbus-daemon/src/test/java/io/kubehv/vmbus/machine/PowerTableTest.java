package io.kubehv.vmbus.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class PowerTableTest {
    /** Every pair: a phase and the steps for RUN, PAUSE, SAVE, STOP and LEAVE. */
    private static final Map<Phase, String> STEPS = Map.ofEntries(
            Map.entry(Phase.NOT_STARTED, "CONTINUE NONE NONE TURN_OFF NONE"),
            Map.entry(Phase.RUNNING, "NONE PAUSE SAVE_MEMORY SHUT_DOWN NONE"),
            Map.entry(Phase.PAUSED, "CONTINUE NONE SAVE_MEMORY CONTINUE NONE"),
            Map.entry(Phase.DISK_ERROR, "CONTINUE NONE SAVE_MEMORY CONTINUE NONE"),
            Map.entry(Phase.AWAITING_MEMORY, "LOAD_MEMORY LOAD_MEMORY LOAD_MEMORY TURN_OFF NONE"),
            Map.entry(Phase.LOADING, "NONE NONE NONE TURN_OFF NONE"),
            Map.entry(Phase.SAVING, "CANCEL_SAVE CANCEL_SAVE NONE CANCEL_SAVE NONE"),
            Map.entry(Phase.MEMORY_SENT, "CONTINUE NONE CONTINUE CONTINUE NONE"),
            Map.entry(Phase.SAVED, "FINISH_SAVE FINISH_SAVE FINISH_SAVE FINISH_SAVE FINISH_SAVE"),
            Map.entry(Phase.FAILED, "NONE NONE NONE TURN_OFF NONE"),
            Map.entry(Phase.ENDED, "NONE NONE NONE NONE NONE"),
            Map.entry(Phase.BUSY, "NONE NONE NONE NONE NONE"));

    static Stream<Arguments> pairs() {
        return Arrays.stream(Phase.values()).flatMap(phase -> {
            List<String> steps = List.of(STEPS.get(phase).split(" "));
            List<Goal> goals = List.of(Goal.RUN, Goal.PAUSE, Goal.SAVE, Goal.STOP, Goal.LEAVE);
            return goals.stream()
                    .map(goal -> Arguments.of(goal, phase, Action.valueOf(steps.get(goals.indexOf(goal)))));
        });
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void each_goal_and_phase_has_its_step(Goal goal, Phase phase, Action step) {
        assertThat(PowerTable.next(goal, phase)).isEqualTo(step);
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void each_goal_and_phase_has_a_state_unless_it_passes_at_once(Goal goal, Phase phase, Action step) {
        assertThat(PowerTable.state(goal, phase).isEmpty()).isEqualTo(phase == Phase.BUSY);
    }

    @ParameterizedTest
    @CsvSource({
        "RUN, NOT_STARTED, STARTING",
        "PAUSE, NOT_STARTED, PAUSED",
        "RUN, RUNNING, RUNNING",
        "LEAVE, RUNNING, RUNNING",
        "STOP, RUNNING, STOPPING",
        "PAUSE, RUNNING, PAUSING",
        "PAUSE, PAUSED, PAUSED",
        "RUN, PAUSED, RESUMING",
        "RUN, LOADING, RESUMING",
        "SAVE, SAVING, SAVING",
        "STOP, SAVED, SAVED",
        "RUN, DISK_ERROR, CRITICAL",
        "RUN, FAILED, CRITICAL"
    })
    void states_are_told_in_hyper_vs_words(Goal goal, Phase phase, VirtualMachineState state) {
        assertThat(PowerTable.state(goal, phase)).contains(state);
    }

    @ParameterizedTest
    @CsvSource({
        "RUNNING, false, false, RUN",
        "PAUSED, false, false, PAUSE",
        "OFF, false, false, LEAVE",
        "SAVED, false, false, LEAVE",
        "SAVED, false, true, SAVE",
        "RUNNING, true, true, STOP",
        "PAUSED, true, true, STOP",
        "OFF, true, true, STOP",
        "SAVED, true, false, STOP",
        "SAVED, true, true, SAVE"
    })
    void goals_follow_from_what_is_wanted_and_possible(
            PowerState wanted, boolean deleting, boolean savePossible, Goal goal) {
        assertThat(Goal.of(wanted, deleting, savePossible)).isEqualTo(goal);
    }

    @Test
    void a_run_state_of_a_later_qemu_is_waited_out() {
        assertThat(Phase.ofRunState("dreaming")).isEqualTo(Phase.BUSY);
    }
}
