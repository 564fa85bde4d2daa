using Akka.Broker.Clients.Tests.Support;

namespace Akka.Broker.Clients.Tests;

/// <summary>Each stock client, as its Debian or npm user has it, writes and reads its own records back through one broker.</summary>
public sealed class StockClientSpec : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private BrokerProcess _broker = null!;

    public async Task InitializeAsync() => _broker = await BrokerProcess.StartAsync(_folder.File("data"));

    public async Task DisposeAsync()
    {
        await _broker.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("snappy")]
    [InlineData("lz4")]
    [InlineData("zstd")]
    public async Task Confluent_kafka_reads_what_it_wrote(string codec)
    {
        var result = (await Python.RunAsync("confluent_roundtrip.py", _broker.Bootstrap, $"confluent-{codec}", "2000", codec)).MustSucceed();
        Assert.Contains("ok 2000", result.Output);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    public async Task Kafka_python_reads_what_it_wrote(string codec)
    {
        var result = (await Python.RunAsync("kafka_python_roundtrip.py", _broker.Bootstrap, $"python-{codec}", "2000", codec)).MustSucceed();
        Assert.Contains("ok 2000", result.Output);
    }

    [Fact]
    public async Task Kafkajs_reads_what_it_wrote()
    {
        var result = (await Tool.RunAsync("node", Repository.Script("js/roundtrip.js"), _broker.Bootstrap, "kafkajs", "2000")).MustSucceed();
        Assert.Contains("ok 2000", result.Output);
    }

    [Fact]
    public async Task Kcat_lists_produces_and_consumes_in_a_group()
    {
        (await Tool.RunShellAsync($"seq 1 1000 | kcat -b {_broker.Bootstrap} -P -t kcat")).MustSucceed();

        var metadata = (await Tool.RunAsync("kcat", "-b", _broker.Bootstrap, "-L")).MustSucceed();
        Assert.Contains("topic \"kcat\" with 1 partitions", metadata.Output);

        var consumed = (await Tool.RunAsync("kcat", "-b", _broker.Bootstrap, "-C", "-t", "kcat", "-o", "beginning", "-e", "-q")).MustSucceed();
        Assert.Equal(Enumerable.Range(1, 1000).Select(n => n.ToString()), consumed.Lines);

        await using var member = Tool.Start("kcat", "-b", _broker.Bootstrap, "-G", "kcat-readers", "-X", "auto.offset.reset=earliest", "-q", "-u", "kcat");
        Assert.Equal("1000", await member.LineAsync(line => line == "1000"));
    }

    [Fact]
    public async Task Rsyslog_writes_a_system_log_into_a_topic()
    {
        await Admin.CreateTopicAsync(_broker.Bootstrap, "syslog");
        var port = FreePorts.Tcp();
        var conf = _folder.File("rsyslog.conf");
        await File.WriteAllTextAsync(conf, $$"""
            global(workDirectory="{{_folder.Root}}")
            module(load="imtcp")
            module(load="omkafka")
            input(type="imtcp" port="{{port}}" address="127.0.0.1")
            template(name="line" type="string" string="%msg:2:$%")
            action(type="omkafka" broker=["{{_broker.Bootstrap}}"] topic="syslog" template="line" confParam=["compression.codec=snappy", "linger.ms=5"]
                   resubmitOnFailure="on" action.resumeRetryCount="-1")
            """);
        await using var rsyslog = Tool.Start("rsyslogd", "-n", "-f", conf, "-i", _folder.File("rsyslog.pid"));

        var lines = string.Join('\n', Enumerable.Range(1, 500).Select(n => $"<13>Nov 21 10:00:00 host app: event {n}")) + "\n";
        await FreePorts.SendWhenListeningAsync(port, lines);

        await using var reader = Tool.Start("kcat", "-b", _broker.Bootstrap, "-C", "-t", "syslog", "-o", "beginning", "-u", "-c", "500");
        var read = (await reader.EndAsync()).MustSucceed();
        Assert.Equal(Enumerable.Range(1, 500).Select(n => $"event {n}").Order(), read.Lines.Order());
    }
}
