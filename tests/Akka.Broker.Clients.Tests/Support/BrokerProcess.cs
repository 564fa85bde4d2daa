using System.Text.RegularExpressions;

namespace Akka.Broker.Clients.Tests.Support;

/// <summary>The real broker as a process of its own, on a folder that outlives it, so that a test can kill and restart it.</summary>
public sealed partial class BrokerProcess(string dataFolder, params string[] settings) : IAsyncDisposable
{
    private Tool? _tool;
    private int _port;

    /// <summary>host:port. The port is chosen for the first start and kept over restarts, so nobody else may get it in between: <see cref="FreePorts"/>.</summary>
    public string Bootstrap => $"127.0.0.1:{_port}";

    /// <summary>Where health and metrics are; null if they are off.</summary>
    public Uri? Http { get; private set; }

    public string DataFolder => dataFolder;

    public string Errors => _tool?.Errors ?? "";

    public int ProcessId => _tool!.Id;

    public static async Task<BrokerProcess> StartAsync(string dataFolder, params string[] settings)
    {
        var broker = new BrokerProcess(dataFolder, settings);
        await broker.StartAsync();
        return broker;
    }

    public async Task StartAsync()
    {
        if (_port == 0)
            _port = FreePorts.Tcp();
        _tool = Launch(dataFolder, _port, settings);
        var ready = await _tool.LineAsync(line => line.StartsWith("ready ", StringComparison.Ordinal), TimeSpan.FromSeconds(60));
        var line = ReadyLine().Match(ready);
        Assert.Equal(_port, int.Parse(line.Groups["port"].Value));
        Http = line.Groups["http"].Success ? new Uri($"http://{line.Groups["http"].Value}") : null;
    }

    /// <summary>Starts the host without waiting for it; for starts that are to fail.</summary>
    public static Tool Launch(string dataFolder, int port, params string[] settings)
    {
        string[] fixedSettings =
        [
            $"akka.broker.data-dirs.0={dataFolder}",
            $"akka.broker.kafka.port={port}",
            "akka.remote.dot-netty.tcp.port=0",
            "petabridge.cmd.port=0",
            "akka.broker.http.port=0",
        ];
        return Tool.Start("dotnet", [Repository.BrokerDll, .. fixedSettings.Concat(settings).SelectMany(s => new[] { "--set", s })]);
    }

    /// <summary>kill -9, as a machine's operator or its out-of-memory killer would.</summary>
    public async Task KillAsync()
    {
        _tool!.Kill();
        await _tool.EndAsync();
    }

    /// <summary>SIGTERM, and what the broker said of it.</summary>
    public async Task<ToolResult> StopAsync()
    {
        await _tool!.SignalAsync("TERM");
        return await _tool.EndAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>Waits for an end that somebody else brings about.</summary>
    public Task<ToolResult> EndAsync() => _tool!.EndAsync(TimeSpan.FromSeconds(60));

    public async ValueTask DisposeAsync()
    {
        if (_tool is not null)
            await _tool.DisposeAsync();
    }

    [GeneratedRegex(@"^ready kafka=(?<host>[^ ]+):(?<port>\d+)( http=(?<http>[^ ]+))? .*in \d+ ms$")]
    private static partial Regex ReadyLine();
}
