using Akka.Broker.Clients.Tests.Support;

namespace Akka.Broker.Clients.Tests.Sdk;

/// <summary>The SDK's packages in a folder, as <c>dotnet pack</c> makes them, and applications in empty folders that know no other source of packages.</summary>
public sealed class PackedSdk : IAsyncLifetime
{
    public static readonly TimeSpan BuildLimit = TimeSpan.FromMinutes(10);

    private readonly TempFolder _folder = new();

    public string Packages => _folder.File("packages");

    public async Task InitializeAsync() => await RunAsync("pack", Path.Combine(Repository.Root, "src", "Akka.Broker.Client"), "-c", "Release", "-o", Packages, "--nologo");

    public Task DisposeAsync()
    {
        _folder.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>A console application that references the package.</summary>
    /// <returns>Its folder.</returns>
    public async Task<string> NewApplicationAsync(string name, string package)
    {
        var application = _folder.File(name);
        await RunAsync("new", "console", "-o", application);
        // Its own package cache: the machine's may have an older build of the same version.
        await File.WriteAllTextAsync(Path.Combine(application, "nuget.config"), $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{_folder.File("cache")}" /></config>
              <packageSources><clear /><add key="folder" value="{Packages}" /></packageSources>
            </configuration>
            """);
        await RunAsync("add", application, "package", package);
        return application;
    }

    public static async Task<ToolResult> RunAsync(params string[] arguments) => (await TryRunAsync(arguments)).MustSucceed();

    public static async Task<ToolResult> TryRunAsync(params string[] arguments)
    {
        await using var tool = Tool.Start("dotnet", arguments);
        tool.Input.Close();
        return await tool.EndAsync(BuildLimit);
    }
}
