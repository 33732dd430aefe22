package io.kubehv.vmbus.machine;

import io.kubehv.hv.qmp.QmpCommandException;
import io.kubehv.hv.qmp.QmpException;
import io.kubehv.vmbus.fault.HypervisorLostException;
import io.kubehv.vmbus.fault.HypervisorRefusedException;

/** QMP's two ways to fail as the daemon's: QEMU said no, or nobody knows. */
final class QemuAnswers {
    private QemuAnswers() {}

    @FunctionalInterface
    interface Question<T> {
        T ask() throws QmpException;
    }

    @FunctionalInterface
    interface Order {
        void give() throws QmpException;
    }

    static void told(Order order) {
        var _ = asked(() -> {
            order.give();
            return true;
        });
    }

    static <T> T asked(Question<T> question) {
        try {
            return question.ask();
        } catch (QmpCommandException e) {
            throw new HypervisorRefusedException(String.valueOf(e.getMessage()), e);
        } catch (QmpException e) {
            throw new HypervisorLostException(String.valueOf(e.getMessage()), e);
        }
    }
}
