using System.Diagnostics;

namespace Akka.Broker.MultiNode.Lab;

/// <summary>Programs that are over in a moment: ip, iptables, tc, kill.</summary>
public static class Shell
{
    /// <summary>Runs it and throws, with what it said, if it failed.</summary>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var (code, output, errors) = await TryAsync(program, arguments);
        if (code != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: exit code {code}. {errors} {output}");
        return output;
    }

    /// <summary>One command, split at blanks.</summary>
    public static Task<string> RunLineAsync(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return RunAsync(words[0], words[1..]);
    }

    public static async Task<(int Code, string Output, string Errors)> TryAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        try
        {
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
            return (process.ExitCode, await output, await errors);
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            return (127, "", $"{program} cannot be run: {missing.Message}");
        }
    }
}
