using System.Globalization;

namespace Akka.Broker.MultiNode.Lab;

/// <summary>
/// A network of its own for each node, and the wires between them.
/// <code>
///   akb-PID-n1        akb-PID-n2   …   akb-PID-cl (clients)      the tests' own network
///   eth0 10.213.T.1   eth0 .2          eth0 .200                 akbPID .254
///        └──────────────┴── veth pairs ──┴────────────────────────┘
///                  bridge br0 in akb-PID-sw
/// </code>
/// Cuts, losses and limits are iptables rules and queueing disciplines inside the nodes' namespaces. Everything is gone when this is disposed of; what a killed
/// test run has left behind goes when the next one begins.
/// </summary>
public sealed class Network : IAsyncDisposable
{
    private const int DelayPort = 15000;
    private const string Prefix = "akb-";
    private static int _last;
    private readonly int _tag;
    private readonly string _name;
    private readonly int _nodes;
    private readonly List<ClientProcess> _proxies = [];

    private Network(int nodes)
    {
        _nodes = nodes;
        _tag = (Environment.ProcessId + (Interlocked.Increment(ref _last) * 17)) % 250;
        _name = $"{Prefix}{Environment.ProcessId}-{_last}";
    }

    /// <summary>Why there can be no such network here; null if there can.</summary>
    public static async Task<string?> WhyNotAsync()
    {
        foreach (var (program, package) in new[] { ("ip", "iproute2"), ("tc", "iproute2"), ("iptables", "iptables") })
        {
            if ((await Shell.TryAsync(program, "-V")).Code == 127)
                return $"{program} is missing (apt-get install {package})";
        }
        var name = $"{Prefix}{Environment.ProcessId}-try";
        var (code, _, errors) = await Shell.TryAsync("ip", "netns", "add", name);
        if (code != 0)
            return $"network namespaces cannot be made here: {errors.Trim()}";
        try
        {
            (code, _, errors) = await Shell.TryAsync("ip", "netns", "exec", name, "iptables", "-w", "-A", "INPUT", "-s", "10.213.0.2", "-j", "DROP");
            return code == 0 ? null : $"iptables does not work in a network namespace: {errors.Trim()}";
        }
        finally
        {
            await Shell.TryAsync("ip", "netns", "del", name);
        }
    }

    public static async Task<Network> CreateAsync(int nodes)
    {
        await RemoveLeftoversAsync();
        var network = new Network(nodes);
        await network.CreateAsync();
        return network;
    }

    /// <summary>The node's address; nodes count from 1.</summary>
    public string AddressOf(int node) => $"10.213.{_tag}.{node}";

    public string NamespaceOf(int node) => $"{_name}-n{node}";

    /// <summary>Where the clients are.</summary>
    public string ClientNamespace => $"{_name}-cl";

    /// <summary>Nothing that one sends reaches the other, both ways.</summary>
    public async Task CutAsync(int a, int b)
    {
        await CutOneWayAsync(a, b);
        await CutOneWayAsync(b, a);
    }

    /// <summary>Nothing that <paramref name="from"/> sends reaches <paramref name="to"/>; the other way is open.</summary>
    public Task CutOneWayAsync(int from, int to) => RulesAsync(to, $"-A INPUT -s {AddressOf(from)} -j DROP");

    /// <summary>The node hears and is heard by nobody but, if so wished, the clients.</summary>
    public async Task IsolateAsync(int node, bool fromClientsToo = false)
    {
        foreach (var other in Others(node))
            await CutAsync(node, other);
        if (fromClientsToo)
            await RulesAsync(node, "-A INPUT -j DROP");
    }

    /// <summary>Each packet that reaches the node is lost with that probability.</summary>
    public Task LoseAsync(int node, double probability) =>
        RulesAsync(node, string.Create(CultureInfo.InvariantCulture, $"-A INPUT -i eth0 -m statistic --mode random --probability {probability} -j DROP"));

    /// <summary>What is sent to the node arrives at that rate and no faster.</summary>
    public Task LimitAsync(int node, string rate) => Shell.RunLineAsync($"ip netns exec {_name}-sw tc qdisc replace dev p{node} root tbf rate {rate} burst 64kb latency 300ms");

    /// <summary>What the nodes say to each other over new connections arrives so much later, each way. To be called before the nodes start.</summary>
    public async Task DelayAsync(int milliseconds)
    {
        for (var node = 1; node <= _nodes; node++)
        {
            var proxy = ClientProcess.Start(NamespaceOf(node), "delay_proxy.py", $"{DelayPort}", $"{milliseconds}");
            _proxies.Add(proxy);
            await proxy.LineAsync(l => l == "ready");
            foreach (var other in Others(node))
                await RulesAsync(node, $"-t nat -A OUTPUT -p tcp -d {AddressOf(other)} -m mark ! --mark 7 -j REDIRECT --to-ports {DelayPort}");
        }
    }

    /// <summary>Takes back all cuts, losses and limits of the node; delays stay.</summary>
    public async Task HealAsync(int node)
    {
        await RulesAsync(node, "-F INPUT");
        await Shell.TryAsync("ip", "netns", "exec", $"{_name}-sw", "tc", "qdisc", "del", "dev", $"p{node}", "root");
    }

    public async Task HealAllAsync()
    {
        for (var node = 1; node <= _nodes; node++)
            await HealAsync(node);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var proxy in _proxies)
            await proxy.DisposeAsync();
        await RemoveAsync(name => name.StartsWith(_name + "-", StringComparison.Ordinal));
    }

    private IEnumerable<int> Others(int node) => Enumerable.Range(1, _nodes).Where(n => n != node);

    private async Task CreateAsync()
    {
        var bridge = $"{_name}-sw";
        await Shell.RunLineAsync($"ip netns add {bridge}");
        await Shell.RunLineAsync($"ip -n {bridge} link add br0 type bridge");
        await Shell.RunLineAsync($"ip -n {bridge} link set br0 up");
        for (var node = 1; node <= _nodes; node++)
            await AttachAsync(NamespaceOf(node), AddressOf(node), $"p{node}");
        await AttachAsync(ClientNamespace, AddressOf(200), "p200");
        var own = $"akb{Environment.ProcessId}x{_last}";
        await Shell.RunLineAsync($"ip link add {own} type veth peer name p254 netns {bridge}");
        await Shell.RunLineAsync($"ip addr add {AddressOf(254)}/24 dev {own}");
        await Shell.RunLineAsync($"ip link set {own} up");
        await PlugInAsync("p254");
    }

    private async Task AttachAsync(string name, string address, string port)
    {
        await Shell.RunLineAsync($"ip netns add {name}");
        await Shell.RunLineAsync($"ip link add eth0 netns {name} type veth peer name {port} netns {_name}-sw");
        await Shell.RunLineAsync($"ip -n {name} addr add {address}/24 dev eth0");
        await Shell.RunLineAsync($"ip -n {name} link set eth0 up");
        await Shell.RunLineAsync($"ip -n {name} link set lo up");
        await PlugInAsync(port);
    }

    private async Task PlugInAsync(string port)
    {
        await Shell.RunLineAsync($"ip -n {_name}-sw link set {port} master br0");
        await Shell.RunLineAsync($"ip -n {_name}-sw link set {port} up");
    }

    private Task RulesAsync(int node, string rule) => Shell.RunLineAsync($"ip netns exec {NamespaceOf(node)} iptables -w {rule}");

    private static Task RemoveLeftoversAsync() =>
        RemoveAsync(name => name.StartsWith(Prefix, StringComparison.Ordinal) && !Directory.Exists($"/proc/{name.Split('-')[1]}"));

    private static async Task RemoveAsync(Func<string, bool> wanted)
    {
        var names = (await Shell.RunAsync("ip", "netns", "list")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ')[0]).Where(wanted);
        foreach (var name in names)
        {
            foreach (var pid in (await Shell.TryAsync("ip", "netns", "pids", name)).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
                await Shell.TryAsync("kill", "-9", pid);
            await Shell.TryAsync("ip", "netns", "del", name);
        }
    }
}
