package io.kubehv.hv.firmware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class VariableStoreTest {
    private static final int VOLUME_HEADER = 72;
    private static final int STORE_HEADER = 28;
    private static final int VARIABLE_HEADER = 60;

    private static X509Certificate certificate(String name) {
        try (InputStream pem =
                Objects.requireNonNull(VariableStoreTest.class.getResourceAsStream("/secure-boot/" + name + ".pem"))) {
            return SecureBootKeys.parse(name, new String(pem.readAllBytes(), StandardCharsets.US_ASCII))
                    .getFirst();
        } catch (IOException | CertificateException e) {
            throw new AssertionError(e);
        }
    }

    private static SecureBootKeys keys() {
        return new SecureBootKeys(
                certificate("pk"),
                List.of(certificate("pk")),
                List.of(certificate("db"), certificate("pk")),
                List.of());
    }

    /** An image with nothing in it, laid out as EDK II's are. */
    private static byte[] empty(int size) {
        byte[] image = new byte[size];
        Arrays.fill(image, VOLUME_HEADER + STORE_HEADER, size, (byte) 0xFF);
        ByteBuffer flash = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
        flash.putShort(48, (short) VOLUME_HEADER);
        byte[] authenticated = {
            0x78,
            0x2c,
            (byte) 0xf3,
            (byte) 0xaa,
            0x7b,
            (byte) 0x94,
            (byte) 0x9a,
            0x43,
            (byte) 0xa1,
            (byte) 0x80,
            0x2e,
            0x14,
            0x4e,
            (byte) 0xc3,
            0x77,
            (byte) 0x92
        };
        flash.put(VOLUME_HEADER, authenticated).putInt(VOLUME_HEADER + 16, size - VOLUME_HEADER);
        return image;
    }

    /** Name and data of each variable, read as the specification says. */
    private static Map<String, byte[]> variables(byte[] image) {
        ByteBuffer flash = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
        Map<String, byte[]> found = new LinkedHashMap<>();
        int at = VOLUME_HEADER + STORE_HEADER;
        while (flash.getShort(at) == 0x55AA) {
            assertThat(image[at + 2]).as("state: added").isEqualTo((byte) 0x3F);
            byte[] name = new byte[flash.getInt(at + 36)];
            byte[] data = new byte[flash.getInt(at + 40)];
            flash.get(at + VARIABLE_HEADER, name).get(at + VARIABLE_HEADER + name.length, data);
            found.put(new String(name, StandardCharsets.UTF_16LE).replace("\0", ""), data);
            at = (at + VARIABLE_HEADER + name.length + data.length + 3) / 4 * 4;
        }
        return found;
    }

    @Test
    void enrolled_keys_are_variables_and_secure_boot_is_on() throws Exception {
        Map<String, byte[]> found =
                variables(new VariableStore(empty(16384)).enroll(keys()).image());

        assertThat(found).containsOnlyKeys("PK", "KEK", "db", "SecureBootEnable", "CustomMode");
        assertThat(found.get("SecureBootEnable")).containsExactly(1);
        byte[] certificate = certificate("pk").getEncoded();
        byte[] list = Objects.requireNonNull(found.get("PK"));
        assertThat(Arrays.copyOfRange(list, list.length - certificate.length, list.length))
                .isEqualTo(certificate);
        assertThat(ByteBuffer.wrap(list).order(ByteOrder.LITTLE_ENDIAN).getInt(16))
                .as("the list's size")
                .isEqualTo(list.length);
        assertThat(Objects.requireNonNull(found.get("db")).length).isGreaterThan(list.length);
    }

    @Test
    void what_is_there_stays() {
        byte[] once = new VariableStore(empty(16384)).enroll(keys()).image();
        byte[] twice = new VariableStore(once).enroll(keys()).image();
        int end = VOLUME_HEADER + STORE_HEADER + 1000;
        assertThat(Arrays.copyOf(twice, end)).isEqualTo(Arrays.copyOf(once, end));
        assertThat(variables(twice)).hasSameSizeAs(variables(once));
    }

    @Test
    void keys_that_do_not_fit_are_refused_and_break_nothing() {
        assertThatThrownBy(() -> new VariableStore(empty(1024)).enroll(keys()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("enroll fewer");
    }

    @Test
    void what_is_no_image_is_refused() {
        assertThatThrownBy(() -> new VariableStore(new byte[10])).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new VariableStore(new byte[4096])).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_variable_that_claims_more_than_there_is_is_refused() {
        byte[] image = new VariableStore(empty(16384)).enroll(keys()).image();
        ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN).putInt(VOLUME_HEADER + STORE_HEADER + 40, -1);
        assertThatThrownBy(() -> new VariableStore(image))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("beyond the store's end");
    }
}
