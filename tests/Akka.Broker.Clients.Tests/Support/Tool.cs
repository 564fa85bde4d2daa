using System.Diagnostics;
using System.Text;

namespace Akka.Broker.Clients.Tests.Support;

/// <summary>A program that has ended: what it said and how.</summary>
public sealed record ToolResult(int ExitCode, string Output, string Errors)
{
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public ToolResult MustSucceed()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}\n--- stdout\n{Tail(Output)}\n--- stderr\n{Tail(Errors)}");
        return this;
    }

    private static string Tail(string text) => text.Length <= 4000 ? text : "…" + text[^4000..];
}

/// <summary>A program run by a test: a stock client, mostly. It never outlives the test.</summary>
public sealed class Tool : IAsyncDisposable
{
    private static readonly TimeSpan DefaultLimit = TimeSpan.FromMinutes(3);
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly List<(Predicate<string> Wanted, TaskCompletionSource<string> Found)> _waits = [];
    private readonly List<string> _lines = [];
    private readonly Task _readers;

    private Tool(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.RedirectStandardInput = true;
        start.UseShellExecute = false;
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start.");
        _readers = Task.WhenAll(ReadLinesAsync(_process.StandardOutput, _output, true), ReadLinesAsync(_process.StandardError, _errors, false));
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public string Output
    {
        get
        {
            lock (_lines)
                return _output.ToString();
        }
    }

    public string Errors
    {
        get
        {
            lock (_lines)
                return _errors.ToString();
        }
    }

    public StreamWriter Input => _process.StandardInput;

    public static Tool Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return new Tool(start);
    }

    /// <summary>A pipeline, so that bulk data does not pass through the test: <c>bash -c</c> with pipefail.</summary>
    public static Tool Shell(string command) => Start("bash", "-o", "pipefail", "-c", command);

    public static async Task<ToolResult> RunAsync(string program, params string[] arguments)
    {
        await using var tool = Start(program, arguments);
        tool.Input.Close();
        return await tool.EndAsync();
    }

    public static async Task<ToolResult> RunShellAsync(string command)
    {
        await using var tool = Shell(command);
        tool.Input.Close();
        return await tool.EndAsync();
    }

    /// <summary>The first line of standard output that is wanted, past or future.</summary>
    public Task<string> LineAsync(Predicate<string> wanted, TimeSpan? limit = null)
    {
        var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lines)
        {
            var past = _lines.Find(wanted);
            if (past is not null)
                return Task.FromResult(past);
            _waits.Add((wanted, found));
        }

        return AwaitLineAsync(found.Task, limit ?? DefaultLimit);
    }

    public async Task<ToolResult> EndAsync(TimeSpan? limit = null)
    {
        using var timeout = new CancellationTokenSource(limit ?? DefaultLimit);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
            await _readers;
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{_process.StartInfo.FileName} {string.Join(' ', _process.StartInfo.ArgumentList)} did not end in {limit ?? DefaultLimit}.\n{Output}\n{Errors}");
        }

        return new ToolResult(_process.ExitCode, Output, Errors);
    }

    /// <summary>kill -9</summary>
    public void Kill() => _process.Kill(entireProcessTree: true);

    public Task SignalAsync(string signal) => RunAsync("kill", "-s", signal, Id.ToString());

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private async Task<string> AwaitLineAsync(Task<string> line, TimeSpan limit)
    {
        var ended = _process.WaitForExitAsync();
        var first = await Task.WhenAny(line, ended, Task.Delay(limit));
        if (first != line && first != ended)
            throw new TimeoutException($"{_process.StartInfo.FileName} {string.Join(' ', _process.StartInfo.ArgumentList)} did not say what was awaited in {limit}.\n{Output}\n{Errors}");
        if (first == ended)
        {
            await _readers;
            if (!line.IsCompleted)
                throw new InvalidOperationException($"{_process.StartInfo.FileName} ended with {_process.ExitCode} before it said what was awaited.\n{Output}\n{Errors}");
        }

        return await line;
    }

    private async Task ReadLinesAsync(StreamReader reader, StringBuilder all, bool isOutput)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_lines)
            {
                all.Append(line).Append('\n');
                if (!isOutput)
                    continue;
                _lines.Add(line);
                for (var i = _waits.Count - 1; i >= 0; i--)
                {
                    if (!_waits[i].Wanted(line))
                        continue;
                    _waits[i].Found.TrySetResult(line);
                    _waits.RemoveAt(i);
                }
            }
        }
    }
}
