using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Akka.Broker.Clients.Tests.Support;

namespace Akka.Broker.Clients.Tests.Sdk;

/// <summary>The SDK as its new user gets it: two packages to choose from, whose folder has everything that they need, and a README whose code runs.</summary>
public sealed partial class SdkPackageSpec(PackedSdk packed) : IClassFixture<PackedSdk>
{
    [Fact]
    public async Task The_code_of_the_README_runs_in_an_empty_folder()
    {
        using var folder = new TempFolder();
        await using var broker = await BrokerProcess.StartAsync(folder.File("data"));
        var readme = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "src", "Akka.Broker.Client", "README.md"));
        var code = FirstCode().Match(readme).Groups["code"].Value;
        Assert.Contains("127.0.0.1:9092", code);

        var application = await packed.NewApplicationAsync("first", "Akka.Broker.Client.Bundled");
        await File.WriteAllTextAsync(Path.Combine(application, "Program.cs"), code.Replace("127.0.0.1:9092", broker.Bootstrap));
        var run = await PackedSdk.RunAsync("run", "--project", application);

        Assert.Contains(run.Lines, line => line.Contains("hello", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task A_new_user_gets_along_on_three_nodes_and_without_each_of_them()
    {
        Skip.IfNot(Environment.IsPrivilegedProcess && File.Exists("/usr/bin/unshare"), "A network of its own takes root and unshare: the README's code was not tried on three nodes.");
        await using var user = Tool.Start(Path.Combine(Repository.Root, "tests", "Samples", "new-user"), packed.Packages);
        user.Input.Close();

        var run = (await user.EndAsync(PackedSdk.BuildLimit)).MustSucceed();

        Assert.Equal(4, run.Lines.Count(line => line.StartsWith("greetings-", StringComparison.Ordinal) && line.EndsWith(": hello, world", StringComparison.Ordinal)));
        Assert.Equal("ok", run.Lines[^1]);
    }

    [Theory]
    [InlineData("Akka.Broker.Client", "Akka.Broker.Connections=0.1.0", "Akka.Broker.Protocol=0.1.0", "Akka=1.5.30")]
    [InlineData("Akka.Broker.Client.Bundled", "Akka.Broker.Connections=0.1.0", "Akka.Broker.Protocol=0.1.0", "Akka.Broker.Runtime=0.1.0")]
    public void A_package_has_its_texts_and_names_what_it_needs(string id, params string[] dependencies)
    {
        using var package = Open(id);

        Assert.NotNull(package.GetEntry("README.md"));
        Assert.NotNull(package.GetEntry("lib/net10.0/Akka.Broker.Client.dll"));
        Assert.NotNull(package.GetEntry("lib/net10.0/Akka.Broker.Client.xml"));
        using var nuspec = package.GetEntry($"{id}.nuspec")!.Open();
        var named = XDocument.Load(nuspec).Descendants().Where(e => e.Name.LocalName == "dependency").Select(e => $"{e.Attribute("id")!.Value}={e.Attribute("version")!.Value}");
        Assert.Equal(dependencies, named.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_package_for_the_official_Akka_asks_for_no_type_outside_its_core()
    {
        using var package = Open("Akka.Broker.Client");
        using var bytes = new MemoryStream();
        using (var entry = package.GetEntry("lib/net10.0/Akka.Broker.Client.dll")!.Open())
            entry.CopyTo(bytes);
        bytes.Position = 0;
        using var assembly = new PEReader(bytes);
        var metadata = assembly.GetMetadataReader();

        var references = metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name)).ToArray();
        Assert.Contains("Akka", references);
        Assert.DoesNotContain("Akka.Runtime", references);

        var types = metadata.TypeReferences.Select(metadata.GetTypeReference)
            .Where(type => type.ResolutionScope.Kind == HandleKind.AssemblyReference
                && metadata.GetString(metadata.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope).Name) == "Akka")
            .Select(type => $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}").ToArray();
        Assert.NotEmpty(types);
        string[] elsewhere = ["Akka.Cluster", "Akka.Remote", "Akka.Persistence", "Akka.Coordination", "Akka.TestKit"];
        Assert.DoesNotContain(types, type => elsewhere.Any(other => type.StartsWith(other + ".", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Two_kinds_of_Akka_in_one_application_are_refused_with_the_way_out()
    {
        var application = await packed.NewApplicationAsync("mixed", "Akka.Broker.Client.Bundled");
        // Stands for the official package, which may be out of reach: what counts is the assembly's name.
        await PackedSdk.RunAsync("new", "classlib", "-o", Path.Combine(application, "official", "Akka"));
        await PackedSdk.RunAsync("add", application, "reference", Path.Combine(application, "official", "Akka"));
        await File.WriteAllTextAsync(Path.Combine(application, "Directory.Build.props"), """
            <Project><PropertyGroup><EnableDefaultCompileItems>false</EnableDefaultCompileItems></PropertyGroup></Project>
            """);

        var build = await PackedSdk.TryRunAsync("build", Path.Combine(application, "mixed.csproj"));

        Assert.NotEqual(0, build.ExitCode);
        Assert.Contains("AKKABROKER001", build.Output);
        Assert.Contains("Reference the package Akka.Broker.Client in its place", build.Output);
    }

    private ZipArchive Open(string id) => ZipFile.OpenRead(Path.Combine(packed.Packages, $"{id}.0.1.0.nupkg"));

    [GeneratedRegex(@"```csharp\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex FirstCode();
}
