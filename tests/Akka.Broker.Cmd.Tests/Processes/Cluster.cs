using System.Text.Json;
using Akka.Broker.Clients.Tests.Support;

namespace Akka.Broker.Cmd.Tests.Processes;

/// <summary>Brokers as processes and the real <c>pbm</c> before them; one cluster of a kind for all tests.</summary>
public abstract class Cluster(int nodes) : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);
    private readonly TempFolder _folder = new();
    private readonly List<BrokerProcess> _brokers = [];
    private readonly int[] _cmdPorts = [.. Enumerable.Range(0, nodes).Select(_ => FreePorts.Tcp())];

    public string Bootstrap => _brokers[0].Bootstrap;

    public string Folder => _folder.Root;

    /// <summary>Where node 1 takes commands.</summary>
    public string Address => $"127.0.0.1:{_cmdPorts[0]}";

    public async Task InitializeAsync()
    {
        var akkaPorts = Enumerable.Range(0, nodes).Select(_ => FreePorts.Tcp()).ToArray();
        for (var i = 0; i < nodes; i++)
        {
            string[] settings =
            [
                $"akka.broker.node-id={i + 1}",
                $"akka.remote.dot-netty.tcp.port={akkaPorts[i]}",
                $"petabridge.cmd.port={_cmdPorts[i]}",
                "akka.broker.auto.create.topics.enable=false",
                "akka.broker.group.initial.rebalance.delay.ms=0",
                "akka.broker.offsets.topic.num.partitions=3",
                .. nodes == 1 ? [] : akkaPorts.Select((port, seed) => $"akka.cluster.seed-nodes.{seed}=akka.tcp://broker@127.0.0.1:{port}"),
            ];
            _brokers.Add(new BrokerProcess(_folder.File($"node-{i + 1}"), settings));
        }
        await Task.WhenAll(_brokers.Select(b => b.StartAsync()));
        // The host of the palettes comes up right behind the ready line.
        await UntilAsync("every node takes commands", async () =>
        {
            var ends = await Task.WhenAll(_cmdPorts.Select(p => Tool.RunAsync(Executable, $"127.0.0.1:{p}", "cluster", "leader")));
            return ends.All(e => e.ExitCode == 0);
        });
    }

    public async Task DisposeAsync()
    {
        foreach (var broker in _brokers)
            await broker.DisposeAsync();
        _folder.Dispose();
    }

    public BrokerProcess Broker(int node) => _brokers[node - 1];

    /// <summary>The client as it was built beside the tests.</summary>
    public static string Executable { get; } = Path.Combine(
        Repository.Root, "src", "Pbm", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0", "pbm");

    /// <summary>One shot, at node 1.</summary>
    public Task<ToolResult> PbmAsync(params string[] words) => Tool.RunAsync(Executable, [Address, .. words]);

    /// <summary>The output of a command that succeeds.</summary>
    public async Task<string> OutputAsync(params string[] words) => (await PbmAsync(words)).MustSucceed().Output;

    /// <summary>The same as JSON.</summary>
    public async Task<JsonElement> JsonAsync(params string[] words) => JsonDocument.Parse(await OutputAsync([.. words, "--format", "json"])).RootElement;

    /// <summary>What a command that fails says.</summary>
    public async Task<string> ErrorAsync(int exitCode, params string[] words)
    {
        var end = await PbmAsync(words);
        Assert.True(exitCode == end.ExitCode, $"exit code {end.ExitCode}\n{end.Output}\n{end.Errors}");
        return end.Errors;
    }

    /// <summary>A command that goes on. It may be interrupted, also where the tests run in the background of a shell, whose programs inherit that they may not.</summary>
    public Tool Start(params string[] words) => Tool.Start("env", ["--default-signal=INT", Executable, Address, .. words]);

    public static async Task UntilAsync(string what, Func<Task<bool>> holds)
    {
        var deadline = DateTime.UtcNow + Limit;
        while (!await holds())
        {
            Assert.True(DateTime.UtcNow < deadline, $"not within {Limit.TotalSeconds} s: {what}");
            await Task.Delay(PollInterval);
        }
    }
}

/// <summary>A broker by itself, for all classes that want one.</summary>
public sealed class OneNode() : Cluster(1)
{
    public const string Name = "one node";
}

/// <summary>Three of them. Whoever takes one away brings it back.</summary>
public sealed class ThreeNodes() : Cluster(3)
{
    public const string Name = "three nodes";
}

[CollectionDefinition(OneNode.Name)]
public sealed class OneNodeTests : ICollectionFixture<OneNode>;

[CollectionDefinition(ThreeNodes.Name)]
public sealed class ThreeNodesTests : ICollectionFixture<ThreeNodes>;
