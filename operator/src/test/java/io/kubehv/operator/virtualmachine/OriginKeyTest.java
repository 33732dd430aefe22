package io.kubehv.operator.virtualmachine;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.kubehv.operator.virtualmachine.dependent.KeyProtector;
import org.junit.jupiter.api.Test;

class OriginKeyTest {
    private static Secret secret(String key) {
        return new SecretBuilder().addToData("key", key).build();
    }

    @Test
    void a_copied_tpm_needs_the_key_that_its_state_is_encrypted_with() {
        assertThat(OriginKey.problem(Fixtures.web(), "web-tpm-key", null, "golden-key", secret("a")))
                .isEmpty();
        assertThat(OriginKey.problem(Fixtures.web(), "web-tpm-key", secret("a"), "golden-key", null))
                .as("its own copy is enough")
                .isEmpty();
        assertThat(OriginKey.problem(Fixtures.web(), "web-tpm-key", secret("b"), "golden-key", secret("a")))
                .hasValueSatisfying(problem -> assertThat(problem.reason()).isEqualTo("KeyProtectorDiffers"));
        assertThat(OriginKey.problem(Fixtures.web(), "web-tpm-key", null, "golden-key", null))
                .hasValueSatisfying(problem -> assertThat(problem.message()).contains("\"golden-key\" is gone"));
    }

    @Test
    void the_copy_has_the_vms_own_name_and_the_same_key() {
        Secret copy = KeyProtector.copy(Fixtures.web(), secret("a"));

        assertThat(copy.getMetadata().getName()).isEqualTo("web-tpm-key");
        assertThat(KeyProtector.sameKey(copy, secret("a"))).isTrue();
    }
}
