package io.kubehv.cni.switching;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.api.v1alpha1.AccessControl;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.api.v1alpha1.Vlan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PortJournalTest {
    private static final PortService.Attachment ATTACHMENT =
            new PortService.Attachment("abc", "/run/netns/abc", "eth0", "default", "web", "uid");
    private static final SwitchPort PORT = new SwitchPort(
            "lan",
            "lab",
            "tap0",
            2,
            107,
            "00:15:5d:00:00:01",
            List.of("10.0.5.10"),
            "web",
            true,
            false,
            true,
            true,
            new Vlan(new Vlan.AccessVlan(10), null, null),
            null,
            1_000_000L,
            null,
            null,
            List.of(new AccessControl(AccessControl.Action.DENY, AccessControl.Direction.BOTH, "10.0.0.0/8")),
            100,
            null);

    @TempDir
    private Path directory;

    @Test
    void what_was_put_is_there_after_a_restart_and_what_was_removed_is_not() throws Exception {
        PortJournal journal = PortJournal.open(directory);
        PortRecord record = new PortRecord(ATTACHMENT, List.of(PORT), null);
        journal.put(record);
        assertThat(PortJournal.open(directory).all()).containsExactly(record);
        journal.remove(record.key());
        journal.remove(record.key());
        assertThat(PortJournal.open(directory).all()).isEmpty();
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void a_torn_record_is_no_reason_not_to_start() throws Exception {
        PortJournal.open(directory).put(new PortRecord(ATTACHMENT, List.of(PORT), null));
        Files.writeString(directory.resolve("torn-eth0.json"), "{\"attachment\": {\"contai");
        assertThat(PortJournal.open(directory).all()).hasSize(1);
        assertThat(directory.resolve("torn-eth0.json")).doesNotExist();
    }
}
