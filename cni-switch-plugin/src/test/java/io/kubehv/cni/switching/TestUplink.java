package io.kubehv.cni.switching;

import io.kubehv.api.v1alpha1.SwitchType;
import java.util.List;
import java.util.Optional;

/** An uplink while it is put together, of an External switch {@code wire}: not shared, and not the node's primary interface. */
final class TestUplink {
    private final String link;
    private boolean shared;
    private boolean acceptPrimary;
    private String revision = "1";

    private TestUplink(String link) {
        this.link = link;
    }

    static TestUplink of(String link) {
        return new TestUplink(link);
    }

    TestUplink shared() {
        shared = true;
        return this;
    }

    TestUplink acceptPrimary() {
        acceptPrimary = true;
        return this;
    }

    TestUplink revision(String text) {
        revision = text;
        return this;
    }

    SwitchConfiguration.Uplink uplink() {
        return new SwitchConfiguration.Uplink(
                link, shared, acceptPrimary, Optional.empty(), revision, Optional.empty());
    }

    SwitchConfiguration configuration() {
        return new SwitchConfiguration(
                "wire", SwitchType.EXTERNAL, Optional.empty(), Optional.of(uplink()), 1500, List.of());
    }
}
