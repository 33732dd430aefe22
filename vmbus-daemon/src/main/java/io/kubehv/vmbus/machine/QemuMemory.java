package io.kubehv.vmbus.machine;

import io.kubehv.hv.checkpoint.LiveMemory;
import io.kubehv.hv.checkpoint.MachineFacts;
import io.kubehv.hv.qmp.model.MigrationStatus;

/** The memory of a QEMU, over QMP. */
record QemuMemory(LiveMemory memory) implements LiveMemoryControl {
    @Override
    public boolean prepareBackground() {
        return QemuAnswers.asked(memory::prepareBackground);
    }

    @Override
    public void preparePrecopy() {
        QemuAnswers.told(memory::preparePrecopy);
    }

    @Override
    public void send(String socket) {
        QemuAnswers.told(() -> memory.send("unix:" + socket));
    }

    @Override
    public MigrationStatus progress() {
        return QemuAnswers.asked(memory::progress);
    }

    @Override
    public void restore() {
        QemuAnswers.told(memory::restore);
    }

    @Override
    public MachineFacts facts() {
        return QemuAnswers.asked(memory::facts);
    }
}
