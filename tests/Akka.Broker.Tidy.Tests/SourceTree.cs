namespace Akka.Broker.Tidy.Tests;

/// <summary>The checkout that the tests were built from, read as text.</summary>
internal static class SourceTree
{
    public static string Root { get; } = FindRoot();

    /// <summary>Every C# file that people write, by its path from the root.</summary>
    public static IReadOnlyList<SourceFile> Files { get; } =
        new[] { "src", "tests" }
            .SelectMany(room => Directory.EnumerateFiles(Path.Combine(Root, room), "*.cs", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(Root, path))
            .Where(path => !path.Split('/').Any(part => part is "bin" or "obj" or "node_modules"))
            .Order(StringComparer.Ordinal)
            .Select(path => new SourceFile(path, File.ReadAllLines(Path.Combine(Root, path))))
            .ToArray();

    public static IEnumerable<string> Projects { get; } =
        Directory.EnumerateFiles(Path.Combine(Root, "src"), "*.csproj", SearchOption.AllDirectories).ToArray();

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Akka.Broker.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException($"No Akka.Broker.sln above {AppContext.BaseDirectory}: run the tests from a checkout.");
    }
}

/// <summary>One file and its lines.</summary>
internal sealed record SourceFile(string Path, string[] Lines)
{
    public bool IsIn(params string[] folders) => Array.Exists(folders, f => Path.StartsWith(f + "/", StringComparison.Ordinal));
}
