using System.Diagnostics;
using Akka.Actor;
using Xunit.Abstractions;

namespace Akka.Runtime.Tests;

/// <summary>
/// The bundled runtime's public API is a part of Akka.NET's. The listing of the latter and the program that compares are in a folder
/// <c>../shared</c> beside the checkout; without it this is skipped, and says so.
/// </summary>
public sealed class PublicApiSpec(ITestOutputHelper output)
{
    [SkippableTheory]
    [InlineData(typeof(ActorSystem))]
    [InlineData(typeof(TestKit.TestKitBase))]
    public void Every_public_member_is_one_of_Akka_NETs(Type type)
    {
        var assembly = type.Assembly.Location;
        Skip.IfNot(Path.GetFileName(assembly).StartsWith("Akka.Runtime", StringComparison.Ordinal), "these are the official packages");
        var listing = FindListing();
        Skip.If(listing is null, "there is no folder ../shared/akka-1.5.30-api beside the checkout");
        var work = Directory.CreateTempSubdirectory("public-api-");
        try
        {
            File.Copy(Path.Combine(listing!, "ListApi.cs"), Path.Combine(work.FullName, "ListApi.cs"));
            var (exitCode, text) = Run(work.FullName, "run", "ListApi.cs", "--", "check", assembly, listing!);
            output.WriteLine(text);
            Assert.True(exitCode == 0, text);
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    private static string? FindListing()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(Path.Combine(folder.FullName, "Akka.Broker.sln")))
                continue;
            var listing = Path.GetFullPath(Path.Combine(folder.FullName, "..", "shared", "akka-1.5.30-api"));
            return Directory.Exists(listing) ? listing : null;
        }
        return null;
    }

    private static (int ExitCode, string Text) Run(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        // What the test host sets for itself must not steer the child.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEnd() + error.Result;
        process.WaitForExit();
        return (process.ExitCode, text);
    }
}
