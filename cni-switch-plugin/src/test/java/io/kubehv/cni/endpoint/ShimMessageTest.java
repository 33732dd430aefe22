package io.kubehv.cni.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.spec.CniCall;
import io.kubehv.cni.spec.CniCommand;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ShimMessageTest {
    private static final byte[] WHOLE =
            message("DEL\0abc\0\0eth0\0K8S_POD_NAME=web\0/opt/cni/bin\0{\"cniVersion\":\"1.1.0\"}");

    private static byte[] message(String rest) {
        byte[] bytes = rest.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + bytes.length)
                .put("KHV1".getBytes(StandardCharsets.US_ASCII))
                .putInt(bytes.length)
                .put(bytes)
                .array();
    }

    private static CniCall read(byte[] bytes) throws Exception {
        return ShimMessage.read(Channels.newChannel(new ByteArrayInputStream(bytes)));
    }

    @Test
    void a_call_has_its_variables_and_its_configuration() throws Exception {
        CniCall call = read(WHOLE);
        assertThat(call.command()).isEqualTo(CniCommand.DEL);
        assertThat(call.containerId()).isEqualTo("abc");
        assertThat(call.namespacePath()).isEmpty();
        assertThat(call.interfaceName()).isEqualTo("eth0");
        assertThat(call.attachment().podName()).isEqualTo("web");
        assertThat(call.version()).isEqualTo("1.1.0");
        assertThat(ShimMessage.parseWhole(WHOLE)).isEqualTo(call);
    }

    @Test
    void a_call_that_ends_too_early_is_told_from_one_that_is_wrong() {
        assertThatThrownBy(() -> read(Arrays.copyOf(WHOLE, WHOLE.length - 1))).isInstanceOf(EOFException.class);
        assertThatThrownBy(() -> read(message("DEL\0abc\0eth0"))).isInstanceOf(SwitchException.Undecodable.class);
        byte[] other = WHOLE.clone();
        other[3] = '2';
        assertThatThrownBy(() -> read(other)).isInstanceOf(SwitchException.Undecodable.class);
        assertThatThrownBy(() -> ShimMessage.parseWhole(new byte[3])).isInstanceOf(SwitchException.Undecodable.class);
    }

    @Test
    void a_length_that_the_shim_never_sends_takes_no_memory() {
        for (int length : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, 5}) {
            byte[] wrong = ByteBuffer.wrap(WHOLE.clone()).putInt(4, length).array();
            assertThatThrownBy(() -> read(wrong))
                    .as("length " + length)
                    .isInstanceOf(SwitchException.Undecodable.class);
        }
    }

    /** What the spool is promised: whatever is in a file of it, it is a call or an error that it knows. */
    @Test
    void no_damage_to_a_kept_call_is_more_than_an_error() {
        Random random = new Random(1);
        for (int round = 0; round < 2000; round++) {
            byte[] damaged = Arrays.copyOf(WHOLE, random.nextInt(WHOLE.length + 1));
            for (int change = random.nextInt(4); change > 0 && damaged.length > 0; change--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            try {
                assertThat(ShimMessage.parseWhole(damaged).command()).isNotNull();
            } catch (SwitchException e) {
                assertThat(e.code()).isIn(4, 6);
            }
        }
    }

    @Test
    void an_answer_tells_its_length_in_bytes_and_its_status() {
        ByteBuffer failure = ShimMessage.answer(true, "ä");
        assertThat(failure.getInt()).isEqualTo(3);
        assertThat(failure.get()).isEqualTo((byte) 1);
        assertThat(failure.remaining()).isEqualTo(2);
        assertThat(ShimMessage.answer(false, "").getInt()).isEqualTo(1);
    }
}
