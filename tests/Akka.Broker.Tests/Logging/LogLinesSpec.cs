using System.Text.Json;
using Akka.Broker.Logging;
using Akka.Broker.Replication.Metadata.Control;
using Akka.Event;

namespace Akka.Broker.Tests.Logging;

public sealed class LogLinesSpec
{
    private static LogEvent Line(object message) => new Warning("akka://broker/user/x", typeof(LogLinesSpec), message);

    private static JsonElement Json(object message) => JsonDocument.Parse(LogLines.Json(Line(message))).RootElement;

    [Fact]
    public void Text_is_time_level_source_and_message()
    {
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z WARNING akka://broker/user/x: it is so$", LogLines.Text(Line("it is so")));
    }

    [Fact]
    public void A_decision_names_its_kind_in_json()
    {
        var line = Json(new Made("{0}", new DecisionLine("broker-fenced", "Broker 2 is fenced: it is silent.", IsWarning: true)));

        Assert.Equal("WARNING", line.GetProperty("level").GetString());
        Assert.Equal("akka://broker/user/x", line.GetProperty("source").GetString());
        Assert.Equal("broker-fenced", line.GetProperty("event").GetString());
        Assert.Equal("Broker 2 is fenced: it is silent.", line.GetProperty("message").GetString());
    }

    [Fact]
    public void A_message_of_parts_carries_its_template_and_them_in_json()
    {
        var line = Json(new Made("Replica of {0} is cut from {1} to {2}.", "orders-0", 20L, 12L));

        Assert.Equal("Replica of {0} is cut from {1} to {2}.", line.GetProperty("template").GetString());
        Assert.Equal(["orders-0", "20", "12"], line.GetProperty("parts").EnumerateArray().Select(p => p.ToString()));
        Assert.Equal("Replica of orders-0 is cut from 20 to 12.", line.GetProperty("message").GetString());
    }

    [Fact]
    public void Whatever_a_client_sent_stays_one_line_of_json()
    {
        var json = LogLines.Json(Line("a \"name\"\nwith { braces } and \u0001"));

        Assert.DoesNotContain('\n', json);
        Assert.Equal("a \"name\"\nwith { braces } and \u0001", JsonDocument.Parse(json).RootElement.GetProperty("message").GetString());
    }

    private sealed class Made(string format, params object[] parts) : LogMessage(DefaultLogMessageFormatter.Instance, format)
    {
        public override IEnumerable<object> Parameters() => parts;

        public override string Unformatted() => Format;

        public override string ToString() => Formatter.Format(Format, parts);
    }
}
