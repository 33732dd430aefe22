package io.kubehv.operator.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Condition;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConditionsTest {
    private static final Instant EARLIER = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant LATER = Instant.parse("2026-01-01T01:00:00Z");

    @Test
    void the_transition_time_moves_only_when_the_value_does() {
        Condition first = new Conditions(null).next("Ready", Verdict.no(Reason.STARTING, "one"), 1L, EARLIER);
        Condition second = new Conditions(List.of(first)).next("Ready", Verdict.no(Reason.STOPPING, "two"), 2L, LATER);
        Condition third = new Conditions(List.of(second)).next("Ready", Verdict.yes(Reason.OFF, "three"), 2L, LATER);

        assertThat(second.getLastTransitionTime()).isEqualTo(EARLIER.toString());
        assertThat(third.getLastTransitionTime()).isEqualTo(LATER.toString());
    }

    @Test
    void reasons_are_what_the_api_server_takes() {
        assertThat(Arrays.stream(Reason.values()).map(Reason::text)).allMatch(text -> text.matches("[A-Z][A-Za-z]*"));
        assertThat(Arrays.stream(Reason.values()).map(Reason::text)).doesNotHaveDuplicates();
    }
}
