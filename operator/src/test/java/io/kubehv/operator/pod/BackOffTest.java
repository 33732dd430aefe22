package io.kubehv.operator.pod;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackOffTest {
    @ParameterizedTest
    @CsvSource({"0, 0", "1, 10", "2, 20", "3, 40", "4, 80", "5, 160", "6, 300", "7, 300", "100000, 300"})
    void waits_longer_each_time_and_never_beyond_five_minutes(int failures, long seconds) {
        assertThat(BackOff.after(failures)).hasSeconds(seconds);
    }
}
