using System.Globalization;

namespace Akka.Broker.SdkLoad;

/// <summary><c>--name value</c> pairs.</summary>
internal sealed class Options
{
    private readonly Dictionary<string, string> _values = [];

    public static Options Parse(string[] arguments)
    {
        var options = new Options();
        for (var i = 0; i + 1 < arguments.Length; i += 2)
            options._values[arguments[i].TrimStart('-')] = arguments[i + 1];
        return options;
    }

    public static int Usage()
    {
        Console.Error.WriteLine("usage: sdkload produce|consume --bootstrap HOST:PORT --topic NAME --count N --partitions N ...   (the options stand at the top of Program.cs)");
        return 2;
    }

    public string Text(string name, string? otherwise = null) =>
        _values.GetValueOrDefault(name) ?? otherwise ?? throw new ArgumentException($"--{name} is missing.");

    public long Number(string name, long? otherwise = null) =>
        _values.TryGetValue(name, out var text) ? long.Parse(text, CultureInfo.InvariantCulture) : otherwise ?? throw new ArgumentException($"--{name} is missing.");
}
