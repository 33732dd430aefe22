package io.kubehv.csi.monitoring;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.logging.ConsoleHandler;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** One JSON object a line: what a cluster's log collector reads without rules of its own. */
public final class JsonLogFormatter extends Formatter {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Warns about each connection that a UNIX socket has no SO_KEEPALIVE. Kept, as a logger's level goes with it. */
    private static final Logger NETTY_BOOTSTRAP =
            Logger.getLogger("io.grpc.netty.shaded.io.netty.bootstrap.ServerBootstrap");

    private final String node;

    private JsonLogFormatter(String node) {
        this.node = node;
    }

    /** Makes everything that is logged come out on stderr in this form. */
    public static void install(String node) {
        Logger root = Logger.getLogger("");
        for (Handler handler : root.getHandlers()) {
            root.removeHandler(handler);
        }
        Handler console = new ConsoleHandler();
        console.setFormatter(new JsonLogFormatter(node));
        root.addHandler(console);
        NETTY_BOOTSTRAP.setLevel(Level.SEVERE);
    }

    @Override
    public String format(LogRecord logged) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("timestamp", logged.getInstant().toString());
        fields.put("level", logged.getLevel().getName());
        fields.put("logger", String.valueOf(logged.getLoggerName()));
        fields.put("node", node);
        fields.put("message", formatMessage(logged));
        Throwable thrown = logged.getThrown();
        if (thrown != null) {
            StringWriter trace = new StringWriter();
            thrown.printStackTrace(new PrintWriter(trace, true));
            fields.put("stackTrace", trace.toString());
        }
        try {
            return JSON.writeValueAsString(fields) + System.lineSeparator();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("strings and maps always become JSON", e);
        }
    }
}
