package io.kubehv.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import io.javaoperatorsdk.operator.processing.retry.RetryExecution;
import io.kubehv.operator.virtualharddisk.VirtualHardDiskReconciler;
import io.kubehv.operator.virtualmachine.VirtualMachineReconciler;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RetriesTest {
    @ParameterizedTest
    @ValueSource(classes = {VirtualMachineReconciler.class, VirtualHardDiskReconciler.class})
    void a_pass_that_fails_is_made_again_for_ever_and_at_least_once_a_minute(Class<?> reconciler) {
        GenericRetry retry = new GenericRetry();
        retry.initFrom(reconciler.getAnnotation(GradualRetry.class));
        RetryExecution execution = retry.initExecution();

        for (int i = 0; i < 1_000; i++) {
            assertThat(execution.nextDelay())
                    .hasValueSatisfying(delay -> assertThat(delay).isBetween(1L, 60_000L));
        }
    }
}
