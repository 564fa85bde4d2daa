using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Akka.Broker.Cmd;
using Akka.Broker.Controller;
using Akka.Broker.Gateway.Sockets;
using Akka.Broker.Host.Http;
using Akka.Broker.Logging;
using Akka.Broker.Nodes.Formation;
using Akka.Broker.Operations;
using Akka.Broker.Settings;
using Akka.Broker.Storage;
using Akka.Configuration;

namespace Akka.Broker.Host;

/// <summary>
/// One broker, from its settings to its end. Standard output gets two lines: one when it serves, one when it has stopped; all else is on standard error.
/// <code>
/// exit code 0  stopped as asked (SIGTERM, Ctrl+C)
///           1  a bug: the stack trace is on standard error
///           2  refused: settings, addresses, folders or metadata that cannot be used; settings and addresses before anything was written
///           3  the cluster has given the node up again and again: start it again once the network is sound
///           4  the disk of the metadata log has failed: start it again once the disk is sound, or another
/// </code>
/// </summary>
internal sealed class BrokerHost(TextWriter output, TextWriter errors)
{
    public const int ExitRefused = 2;
    private const int ExitBug = 1;
    private const int ExitLost = 3;
    private const int ExitDisk = 4;
    private static readonly TimeSpan AnswerAfter = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan WarmInterval = TimeSpan.FromSeconds(1);

    public async Task<int> RunAsync(string? configFile, IReadOnlyList<string> overrides)
    {
        try
        {
            var settings = BrokerConfiguration.Load(configFile, overrides);
            await ServeAsync(settings).ConfigureAwait(false);
            return 0;
        }
        catch (InvalidSettingsException refused)
        {
            foreach (var mistake in refused.Mistakes)
                errors.WriteLine(mistake);
            return ExitRefused;
        }
        catch (StorageException failed) when (failed is MetadataLogFailedException or MetadataLogUnreadableException)
        {
            errors.WriteLine(failed.Message.ReplaceLineEndings(" "));
            return ExitDisk;
        }
        catch (Exception refused) when (refused is StorageException or ListenerBindException or ConfigurationException or ControllerUnavailableException or FormationRefusedException)
        {
            errors.WriteLine(refused.Message.ReplaceLineEndings(" "));
            return ExitRefused;
        }
        catch (NodeLostException lost)
        {
            errors.WriteLine(lost.Message);
            return ExitLost;
        }
        catch (Exception bug)
        {
            errors.WriteLine($"The broker has failed: {bug}");
            return ExitBug;
        }
    }

    private async Task ServeAsync(BrokerSettings settings)
    {
        using var stop = new CancellationTokenSource();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        foreach (var warning in settings.Warnings)
            Warn(settings, warning);

        using var pages = new HttpPages();
        await using var front = HttpFront.Bind(settings.Http);
        using var served = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        var answering = front is null ? Task.CompletedTask : AnswerSoonAsync(settings, front, pages, served.Token, stop.Token);

        IDisposable? export = null;
        long stopping;
        try
        {
            var isReady = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var node = await BrokerNode.StartAsync(
                settings, TimeProvider.System, new Random(), cancelled: stop.Token, created: created => pages.Node = created,
                onServing: serving => _ = ServeCommandsAsync(serving, isReady.Task)).ConfigureAwait(false);
            var folders = string.Join(",", settings.DataDirs.Select(Path.GetFullPath));
            var http = front is null ? "" : $" http={front.Endpoint}";
            output.WriteLine(Invariantly($"ready {node.KafkaListeners}{http} data={folders} in {MillisecondsSinceProcessStart()} ms"));
            output.Flush();
            await served.CancelAsync().ConfigureAwait(false);
            export = settings.Otlp.Endpoint is null ? null : StartExport(settings, node);
            isReady.SetResult();

            await ((Task)Task.WhenAny(node.Completion, node.StopRequested)).WaitAsync(stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (node.StopRequested.IsCompletedSuccessfully)
                errors.WriteLine($"This node stops: {await node.StopRequested.ConfigureAwait(false)}.");
            stopping = Stopwatch.GetTimestamp();
            if (node.Completion.IsFaulted)
            {
                await node.DisposeAsync().ConfigureAwait(false);
                await node.Completion.ConfigureAwait(false);
            }
            await node.StopAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // It was still on its way into its cluster.
            stopping = Stopwatch.GetTimestamp();
        }
        finally
        {
            export?.Dispose();
            // Whatever ended it, the page need not be kept warm any more.
            await stop.CancelAsync().ConfigureAwait(false);
        }
        await answering.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        output.WriteLine(Invariantly($"stopped cleanly in {Stopwatch.GetElapsedTime(stopping).TotalMilliseconds:0} ms"));
        output.Flush();

        // A second signal ends the process at once, as it would without us: the next start recovers.
        void OnSignal(PosixSignalContext signal)
        {
            signal.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }
    }

    /// <summary>A method of its own: the libraries that it needs are loaded when it is compiled.</summary>
    private static OtlpExport StartExport(BrokerSettings settings, BrokerNode node) => OtlpExport.Start(settings.Otlp, settings.NodeId, node.Meter);

    /// <summary>
    /// The start of the broker is not to wait for that of the web server: it begins when the broker serves, or, so that a node which waits for others can be asked
    /// what it waits for, after a while.
    /// </summary>
    private async Task AnswerSoonAsync(BrokerSettings settings, HttpFront front, HttpPages pages, CancellationToken served, CancellationToken stopping)
    {
        await Task.Delay(AnswerAfter, served).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            if (!stopping.IsCancellationRequested)
                await front.StartAsync(pages, stopping).ConfigureAwait(false);
            await KeepWarmAsync(front, pages, served, stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The broker stops before it was answering.
        }
        catch (Exception cause)
        {
            Warn(settings, $"Health and metrics are not served: {cause}");
        }
    }

    /// <summary>
    /// Has the page of the figures ready before somebody waits for it: what is not compiled costs a collector tens of ms. A while behind the ready line, when the first clients
    /// have been served; and again when there is more to tell, since what it takes to show a partition, a topic or a request, or to send a long page, was not met before.
    /// </summary>
    private static async Task KeepWarmAsync(HttpFront front, HttpPages pages, CancellationToken served, CancellationToken stopping)
    {
        await Task.Delay(Timeout.Infinite, served).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var warmedAt = 0;
        using var timer = new PeriodicTimer(WarmInterval);
        while (await timer.WaitForNextTickAsync(stopping).ConfigureAwait(false))
        {
            var scale = pages.Node?.FiguresScale ?? 0;
            if (scale <= warmedAt)
                continue;
            warmedAt = scale;
            try
            {
                await front.WarmAsync(HttpPages.Figures, stopping).ConfigureAwait(false);
            }
            catch (SocketException)
            {
                // Then the first who asks waits a little longer.
            }
        }
    }

    private void Warn(BrokerSettings settings, string text) =>
        errors.WriteLine(settings.LogsJson ? LogLines.Json(DateTimeOffset.UtcNow, "WARNING", text) : $"WARNING {text}");

    /// <summary>
    /// Takes pbm's commands, in each life of the node anew. Clients need not wait for that, and a broker whose operators' door is taken by another program serves them
    /// all the same.
    /// </summary>
    private async Task ServeCommandsAsync(BrokerAdministration node, Task isReady)
    {
        await isReady.ConfigureAwait(false);
        try
        {
            BrokerCommands.Serve(node);
        }
        catch (SocketException taken)
        {
            var config = node.System.Settings.Config;
            Warn(
                node.Settings, $"pbm's commands are not taken at {config.GetString("petabridge.cmd.host")}:{config.GetString("petabridge.cmd.port")} ({taken.SocketErrorCode}): set petabridge.cmd.host and petabridge.cmd.port to an address that is free.");
        }
    }

    private static string Invariantly(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>What an operator waits for, the runtime's own start included.</summary>
    private static long MillisecondsSinceProcessStart()
    {
        using var self = Process.GetCurrentProcess();
        return (long)(DateTime.UtcNow - self.StartTime.ToUniversalTime()).TotalMilliseconds;
    }
}
