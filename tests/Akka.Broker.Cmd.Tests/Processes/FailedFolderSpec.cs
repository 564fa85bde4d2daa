using System.Globalization;
using System.Text.Json;
using Akka.Broker.Clients.Tests.Support;
using Akka.Broker.Settings;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Cmd.Tests.Processes;

/// <summary>Three brokers with two data folders each, in this process so that one of the folders can die, while a stock client writes; an operator looks on.</summary>
public sealed class FailedFolderSpec : IAsyncLifetime
{
    private const int Records = 6_000;
    private const int Partitions = 6;
    private const int BrokenNode = 2;

    private readonly TempFolder _folder = new();
    private readonly int[] _remote = [.. Enumerable.Range(0, 3).Select(_ => FreePorts.Tcp())];
    private readonly int[] _kafka = [.. Enumerable.Range(0, 3).Select(_ => FreePorts.Tcp())];
    private readonly int _command = FreePorts.Tcp();
    private readonly FaultyDisk _disk = new(FileDisk.Instance);
    private readonly List<BrokerNode> _nodes = [];

    private string Bootstrap => string.Join(',', _kafka.Select(port => $"127.0.0.1:{port}"));

    public async Task InitializeAsync() => _nodes.AddRange(await Task.WhenAll(Enumerable.Range(1, 3).Select(StartAsync)));

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
        _folder.Dispose();
    }

    [SkippableFact]
    public async Task Folder_that_dies_under_load_takes_its_own_replicas_down_and_is_told_of()
    {
        Skip.IfNot((await Tool.RunShellAsync("command -v kcat")).ExitCode == 0, "kcat is not installed");
        await Cluster.UntilAsync("commands are taken", async () => (await PbmAsync("cluster", "status")).ExitCode == 0);
        await OutputAsync("topic", "create", "orders", "-p", $"{Partitions}", "-r", "3", "--config", "min.insync.replicas=2");
        var lost = PartitionsIn("two");
        Assert.InRange(lost.Count, 1, Partitions - 1);
        Assert.Equal(["ok", "ok"], await StatesAsync());
        var writer = Tool.Start("sh", "-c", $"for i in $(seq 1 {Records}); do echo $i; [ $((i % 100)) = 0 ] && sleep 0.05; done | kcat -P -b {Bootstrap} -t orders -X enable.idempotence=true -X linger.ms=5");
        await Cluster.UntilAsync("records are written", async () => (await EndsAsync()).Sum() > Records / 10);

        var ledBefore = (await PartitionsAsync()).Where(p => p.Leader == BrokenNode && !lost.Contains(p.Number)).Select(p => p.Number).ToList();
        _disk.Fault = (operation, path) => operation is not DiskOperation.Read && path.Contains("/node-2/two/", StringComparison.Ordinal) ? new IOException("bad disk") : null;

        await Cluster.UntilAsync("the others lead what was in the folder", async () => (await PartitionsAsync()).TrueForAll(p => p.Leader != BrokenNode || !lost.Contains(p.Number)));
        (await writer.EndAsync()).MustSucceed();
        int[] others = [.. Enumerable.Range(1, 3).Where(n => n != BrokenNode)];
        await Cluster.UntilAsync("its replicas, and no others, are out of sync", async () =>
            (await PartitionsAsync()).TrueForAll(p => p.InSync.IsSupersetOf(others) && p.InSync.Contains(BrokenNode) != lost.Contains(p.Number)));
        Assert.Equal(ledBefore, (await PartitionsAsync()).Where(p => p.Leader == BrokenNode).Select(p => p.Number));
        Assert.Equal(["ok", "KafkaStorageError"], await StatesAsync());
        var read = (await Tool.RunShellAsync($"kcat -C -b {Bootstrap} -t orders -o beginning -e -q")).MustSucceed().Lines;
        Assert.Equal(Enumerable.Range(1, Records), read.Select(line => int.Parse(line, CultureInfo.InvariantCulture)).Order());
    }

    private Task<BrokerNode> StartAsync(int node)
    {
        var folder = _folder.File($"node-{node}");
        var settings = BrokerConfiguration.Load(null,
        [
            .. _remote.Select((port, i) => $"akka.cluster.seed-nodes.{i}=akka.tcp://broker@127.0.0.1:{port}"),
            $"akka.broker.node-id={node}",
            $"akka.remote.dot-netty.tcp.port={_remote[node - 1]}",
            $"akka.broker.kafka.port={_kafka[node - 1]}",
            $"akka.broker.data-dirs.0={folder}/one",
            $"akka.broker.data-dirs.1={folder}/two",
            $"petabridge.cmd.port={(node == 1 ? _command : 0)}",
        ]);
        return BrokerNode.StartAsync(
            settings, TimeProvider.System, new Random(node), node == BrokenNode ? _disk : null, onServing: node == 1 ? BrokerCommands.Serve : null);
    }

    private HashSet<int> PartitionsIn(string folder) =>
        [.. Directory.GetDirectories(Path.Combine(_folder.File($"node-{BrokenNode}"), folder), "orders-*").Select(d => int.Parse(d[(d.LastIndexOf('-') + 1)..], CultureInfo.InvariantCulture))];

    private Task<ToolResult> PbmAsync(params string[] words) => Tool.RunAsync(Cluster.Executable, [$"127.0.0.1:{_command}", .. words]);

    private async Task<string> OutputAsync(params string[] words) => (await PbmAsync(words)).MustSucceed().Output;

    private async Task<List<JsonElement>> RowsAsync(params string[] words) => [.. JsonDocument.Parse(await OutputAsync([.. words, "-f", "json"])).RootElement.EnumerateArray()];

    /// <summary>Of the broken node's folders, "one" first.</summary>
    private async Task<IEnumerable<string>> StatesAsync() =>
        (await RowsAsync("broker", "log-dirs", "-b", $"{BrokenNode}")).OrderBy(r => r.GetProperty("folder").GetString(), StringComparer.Ordinal).Select(r => r.GetProperty("state").GetString()!);

    private async Task<List<Partition>> PartitionsAsync() =>
    [
        .. (await RowsAsync("partition", "describe", "orders")).Select(p => new Partition(
            p.GetProperty("partition").GetInt32(), p.GetProperty("leader").GetInt32(), [.. p.GetProperty("inSync").EnumerateArray().Select(b => b.GetInt32())])),
    ];

    private async Task<IEnumerable<long>> EndsAsync()
    {
        var topic = JsonDocument.Parse(await OutputAsync("topic", "describe", "orders", "-f", "json")).RootElement;
        return topic.GetProperty("partitions").EnumerateArray().Select(p => p.GetProperty("end").GetInt64());
    }

    private sealed record Partition(int Number, int Leader, HashSet<int> InSync);
}
