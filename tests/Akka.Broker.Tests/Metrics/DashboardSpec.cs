using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Akka.Broker.Controller;
using Akka.Broker.Gateway;
using Akka.Broker.Gateway.Sockets;
using Akka.Broker.Metrics;
using Akka.Broker.Nodes;
using Akka.Broker.Partitions;
using Akka.Broker.Quorum;
using Akka.Broker.Settings;
using Akka.Broker.Storage;
using Akka.Broker.Storage.Disks;
using Akka.Broker.Tests.Gateway;

namespace Akka.Broker.Tests.Metrics;

/// <summary>What an operator imports into Grafana shows nothing that the node does not serve.</summary>
public sealed partial class DashboardSpec : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly NodeParts _parts;
    private readonly BrokerMeter _meter;

    public DashboardSpec()
    {
        var time = new ManualTime();
        var (settings, metadata) = (BrokerSettings.Parse(), new MetadataCache());
        _parts = new NodeParts
        {
            Settings = settings,
            Time = time,
            Random = new Random(1),
            Log = new NodeLog(),
            Gateway = GatewayServer.Bind([new ListenerOptions("PLAINTEXT", new IPEndPoint(IPAddress.Loopback, 0))], new ConnectionLimits(), time, new MemoryGatewayLog()),
            Logs = LogManager.Open(new LogManagerOptions
            {
                DataFolders = ["data"],
                NodeId = 1,
                Disk = new MemoryDisk(),
                Time = time,
                Random = new Random(1),
                Drive = LogWriterDrive.Inline,
            }),
            Metadata = metadata,
            Figures = new NodeFigures(1, metadata, time),
            Led = new LedPartitions(),
            Quorum = new QuorumPort(time, 1000),
            Endpoints = [],
        };
        _meter = NodeMeter.Of(_parts, () => null, _stopping.Token)!;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _meter.Dispose();
        await _parts.Gateway.DisposeAsync();
        _parts.Logs.Dispose();
        _stopping.Dispose();
    }

    [Fact]
    public void The_dashboard_asks_only_for_what_a_node_serves()
    {
        using var exporter = new PrometheusExporter(_meter);
        var served = exporter.Names.ToHashSet();
        using var dashboard = JsonDocument.Parse(File.ReadAllText(PathOf("docker/grafana-dashboard.json")));

        var asked = Expressions(dashboard.RootElement).SelectMany(e => Name().Matches(e)).Select(m => m.Value).Distinct().ToList();

        Assert.True(asked.Count > 20, $"The dashboard asks for {asked.Count} figures only.");
        Assert.Empty(asked.Except(served));
    }

    [Fact]
    public void Every_figure_has_a_name_and_a_sentence_of_its_own()
    {
        using var exporter = new PrometheusExporter(_meter);

        Assert.All(exporter.Names, name => Assert.Matches("^(akka_broker|dotnet)_[a-z0-9_]+$", name));
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        List<string> mute = [];
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter == _meter.Meter && instrument.Description is not { Length: > 10 })
                mute.Add(instrument.Name);
        };
        listener.Start();
        Assert.Empty(mute);
    }

    private static IEnumerable<string> Expressions(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(p =>
            p.Name is "expr" or "query" && p.Value.ValueKind == JsonValueKind.String ? [p.Value.GetString()!] : Expressions(p.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Expressions),
        _ => [],
    };

    private static string PathOf(string file)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Akka.Broker.sln")))
            folder = folder.Parent;
        return Path.Combine(folder.FullName, file);
    }

    [GeneratedRegex(@"\b(akka_broker|dotnet)_[a-z0-9_]+")]
    private static partial Regex Name();
}
