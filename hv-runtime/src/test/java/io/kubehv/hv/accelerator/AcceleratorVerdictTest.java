package io.kubehv.hv.accelerator;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.hv.accelerator.AcceleratorVerdict.NotUsable;
import io.kubehv.hv.accelerator.AcceleratorVerdict.Reason;
import io.kubehv.hv.accelerator.AcceleratorVerdict.Usable;
import io.kubehv.hv.linux.kvm.KvmExit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class AcceleratorVerdictTest {
    private static final KvmExit WANTED = new KvmExit.PortWrite(0xF4, 4, 1);

    @Test
    void a_verdict_is_one_line_of_json() {
        assertThat(new Usable().toJson()).isEqualTo("{\"usable\":true}");
        assertThat(new NotUsable(Reason.GUEST_HUNG, "a \"b\"\n").toJson())
                .isEqualTo("{\"usable\":false,\"reason\":\"GuestHung\",\"detail\":\"a \\\"b\\\"\\n\"}");
    }

    @ParameterizedTest
    @EnumSource(Reason.class)
    void every_reason_comes_through_to_the_parent(Reason reason) {
        NotUsable verdict = new NotUsable(reason, "two words");
        assertThat(ProbeProtocol.parse(ProbeProtocol.verdict(verdict))).contains(verdict);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ready", "usable?", "not-usable", "not-usable GUEST_HUNG", "not-usable NEW_REASON x"})
    void no_other_line_is_a_verdict(String line) {
        assertThat(ProbeProtocol.parse(line)).isEmpty();
    }

    @Test
    void each_way_in_which_a_guest_goes_wrong_has_its_reason() {
        assertThat(reason(new KvmExit.PortWrite(0xF4, 4, 2))).isEqualTo(Reason.WRONG_RESULT);
        assertThat(reason(new KvmExit.Halt())).isEqualTo(Reason.WRONG_RESULT);
        assertThat(reason(new KvmExit.GaveUp(1, true))).isEqualTo(Reason.NOT_EXECUTED);
        assertThat(reason(new KvmExit.GaveUp(2, false))).isEqualTo(Reason.GUEST_FAILED);
        assertThat(reason(new KvmExit.Shutdown())).isEqualTo(Reason.GUEST_FAILED);
        assertThat(reason(new KvmExit.EntryFailed(3))).isEqualTo(Reason.GUEST_FAILED);
        assertThat(reason(new KvmExit.Other(6))).isEqualTo(Reason.GUEST_FAILED);
    }

    private static Reason reason(KvmExit exit) {
        return ((NotUsable) KvmProbe.failure(exit, WANTED)).reason();
    }
}
