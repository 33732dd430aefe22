package io.kubehv.operator.virtualmachine;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.api.v1alpha1.PowerState;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PowerTableTest {
    @ParameterizedTest(name = "{0} and wanted {1}: {2}")
    @CsvSource({
        "OFF,       RUNNING, START",
        "OFF,       PAUSED,  START",
        "OFF,       OFF,     REST",
        "OFF,       SAVED,   REST",
        "SAVED,     RUNNING, RESUME",
        "SAVED,     PAUSED,  RESUME",
        "SAVED,     OFF,     DISCARD",
        "SAVED,     SAVED,   REST",
        "STARTING,  RUNNING, AWAIT",
        "STARTING,  PAUSED,  AWAIT",
        "STARTING,  OFF,     STOP",
        "STARTING,  SAVED,   AWAIT",
        "UP,        RUNNING, REST",
        "UP,        PAUSED,  REST",
        "UP,        OFF,     STOP",
        "UP,        SAVED,   SAVE",
        "SAVE_DONE, RUNNING, PUT_AWAY",
        "SAVE_DONE, PAUSED,  PUT_AWAY",
        "SAVE_DONE, OFF,     PUT_AWAY",
        "SAVE_DONE, SAVED,   PUT_AWAY",
        "STOPPING,  RUNNING, AWAIT",
        "STOPPING,  PAUSED,  AWAIT",
        "STOPPING,  OFF,     AWAIT",
        "STOPPING,  SAVED,   AWAIT",
        "SHUT_DOWN, RUNNING, FOLLOW_GUEST",
        "SHUT_DOWN, PAUSED,  FOLLOW_GUEST",
        "SHUT_DOWN, OFF,     CLEAR",
        "SHUT_DOWN, SAVED,   CLEAR",
        "CRASHED,   RUNNING, RECOVER",
        "CRASHED,   PAUSED,  RECOVER",
        "CRASHED,   OFF,     CLEAR",
        "CRASHED,   SAVED,   CLEAR",
        "UNFIT,     RUNNING, RECOVER",
        "UNFIT,     PAUSED,  RECOVER",
        "UNFIT,     OFF,     CLEAR",
        "UNFIT,     SAVED,   CLEAR",
    })
    void each_pair_has_one_intent(Lifecycle lifecycle, PowerState wanted, Intent intent) {
        assertThat(PowerTable.intent(lifecycle, wanted)).isEqualTo(intent);
    }
}
