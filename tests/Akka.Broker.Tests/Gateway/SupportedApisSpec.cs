using System.Runtime.CompilerServices;
using Akka.Broker.Gateway;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Tests.Gateway;

/// <summary>The README's table of APIs is what the handlers say. <c>REWRITE_README=1</c> writes it anew.</summary>
public sealed class SupportedApisSpec
{
    private const string Begin = "<!-- apis:begin -->\n";
    private const string End = "<!-- apis:end -->";

    [Fact]
    public void Readme_names_the_apis_that_are_served()
    {
        var path = Path.Combine(Root(), "README.md");
        var readme = File.ReadAllText(path);
        var from = readme.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var to = readme.IndexOf(End, StringComparison.Ordinal);
        Assert.InRange(from, Begin.Length, to);
        var table = new HandlerTable(All()).ToMarkdown();
        if (Environment.GetEnvironmentVariable("REWRITE_README") == "1")
            File.WriteAllText(path, readme[..from] + table + readme[to..]);
        else
            Assert.Equal(table, readme[from..to]);
    }

    [Fact]
    public void Handlers_serve_versions_that_the_schemas_know()
    {
        foreach (var handler in All())
        {
            Assert.True(KnownApis.TryGet(handler.ApiKey, out var known), $"{handler.ApiKey} has no schema");
            Assert.InRange(handler.Versions.Min, known.Lowest, handler.Versions.Max);
            Assert.InRange(handler.Versions.Max, handler.Versions.Min, known.Highest);
        }
    }

    [Fact]
    public void The_one_api_that_is_not_kafkas_is_for_brokers_and_only_tells_how_a_node_is()
    {
        var own = Assert.Single(All(), h => (int)h.ApiKey >= 10_000);

        Assert.Equal((ApiKey.NodeState, true), (own.ApiKey, own.IsInterBrokerOnly));
    }

    /// <summary>Every handler of the broker. What they announce are constants, so they need not be made whole.</summary>
    private static IEnumerable<IRequestHandler> All() =>
        typeof(IRequestHandler).Assembly.GetTypes()
            .Where(t => t is { IsAbstract: false, IsClass: true } && typeof(IRequestHandler).IsAssignableFrom(t))
            .Select(t => (IRequestHandler)RuntimeHelpers.GetUninitializedObject(t));

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Akka.Broker.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The test does not run in a checkout.");
        return folder;
    }
}
