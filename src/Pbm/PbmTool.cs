using System.Net.Sockets;
using System.Reflection;

namespace Pbm;

/// <summary>
/// The program: <c>pbm [HOST:PORT] [palette command [switches]]</c>. With a command it runs that one and ends with its <see cref="ExitCode"/>; without, it
/// prompts, or reads commands from a standard input that is no terminal and stops at the first that fails. What commands there are the host says.
/// </summary>
internal sealed class PbmTool(TextReader input, TextWriter output, TextWriter errors)
{
    /// <summary>Where no address is given; else the local default.</summary>
    private const string AddressVariable = "PBM_HOST";

    public async Task<int> RunAsync(IReadOnlyList<string> args)
    {
        if (args is ["--version"])
        {
            output.WriteLine(typeof(PbmTool).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion);
            return ExitCode.Done;
        }
        if (!TryAddress(args, out var address, out var words))
            return ExitCode.Refused;
        try
        {
            using var client = await CmdClient.ConnectAsync(address).ConfigureAwait(false);
            Console.CancelKeyPress += (_, interrupt) => interrupt.Cancel = client.Cancel();
            using var term = OperatingSystem.IsWindows() ? null : System.Runtime.InteropServices.PosixSignalRegistration.Create(
                System.Runtime.InteropServices.PosixSignal.SIGTERM, signal => signal.Cancel = client.Cancel());
            if (words.Count > 0)
                return await ExecuteAsync(client, words).ConfigureAwait(false);
            return Console.IsInputRedirected ? await RunScriptAsync(client).ConfigureAwait(false) : await new Prompt(client, address, this).RunAsync().ConfigureAwait(false);
        }
        catch (Exception cause) when (cause is IOException or SocketException)
        {
            errors.WriteLine(cause.Message);
            return ExitCode.NoHost;
        }
    }

    /// <summary>One command line; a word @FILE stands for what is in the file, @- for standard input.</summary>
    public async Task<int> ExecuteAsync(CmdClient client, IReadOnlyList<string> words)
    {
        var whole = new List<string>();
        foreach (var word in words)
        {
            try
            {
                whole.Add(word.Length < 2 || word[0] != '@' ? word : word[1] == '@' ? word[1..] : word == "@-" ? await input.ReadToEndAsync().ConfigureAwait(false) : await File.ReadAllTextAsync(word[1..]).ConfigureAwait(false));
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
            {
                errors.WriteLine($"{word} cannot be read: {unreadable.Message}");
                return ExitCode.Refused;
            }
        }
        return await client.ExecuteAsync(whole, Write).ConfigureAwait(false);
    }

    private bool TryAddress(IReadOnlyList<string> args, out HostAddress address, out IReadOnlyList<string> words)
    {
        (address, words) = (HostAddress.Local, args);
        if (args.Count > 0 && HostAddress.TryParse(args[0], out var given))
        {
            (address, words) = (given, [.. args.Skip(1)]);
        }
        else if (Environment.GetEnvironmentVariable(AddressVariable) is { Length: > 0 } variable && !HostAddress.TryParse(variable, out address))
        {
            errors.WriteLine($"{AddressVariable} is '{variable}'; allowed: HOST:PORT.");
            return false;
        }
        return true;
    }

    private void Write(string text, bool isError)
    {
        var writer = isError ? errors : output;
        writer.WriteLine(text);
        writer.Flush();
    }

    private async Task<int> RunScriptAsync(CmdClient client)
    {
        while (await input.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            if (WordSplitter.Split(line) is not [_, ..] words || words[0].StartsWith('#'))
                continue;
            if (await ExecuteAsync(client, words).ConfigureAwait(false) is not ExitCode.Done and var code)
                return code;
        }
        return ExitCode.Done;
    }
}
