using Akka.Broker.Protocol.Generator;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace Akka.Broker.Protocol.Tests.Messages;

public sealed class MessageGeneratorSpec
{
    [Fact]
    public void A_mistake_in_a_schema_is_a_build_error_at_its_file_and_line()
    {
        var result = Run(("schema/Thing.msg", "api 1 Thing\nversions 0\nrequest\n  A int33\nresponse\n"));
        var error = Assert.Single(result.Diagnostics);
        Assert.Equal((DiagnosticSeverity.Error, "MSG001"), (error.Severity, error.Id));
        var place = error.Location.GetLineSpan();
        Assert.Equal(("schema/Thing.msg", 3), (place.Path, place.StartLinePosition.Line));
        Assert.Empty(result.GeneratedTrees);
    }

    [Fact]
    public void A_schema_becomes_classes_in_the_projects_own_namespace()
    {
        var result = Run(
            ("schema/Thing.msg", "api 1 Fetch\nversions 0\nrequest\n  A int32\nresponse\n".Replace("Fetch", "Thing", StringComparison.Ordinal)),
            ("schema/Log.msg", "data 3 Entry\nversions 0\nfields\n  A int32\n"));
        Assert.Empty(result.Diagnostics);
        var files = result.Results.Single().GeneratedSources;
        Assert.Equal(["Entry.g.cs", "KnownApis.g.cs", "ThingRequest.g.cs", "ThingResponse.g.cs"], files.Select(f => f.HintName).Order(StringComparer.Ordinal));
        Assert.All(files, f => Assert.Contains("namespace My.Messages;", f.SourceText.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void A_project_without_apis_gets_no_table_of_them()
    {
        var result = Run(("schema/Log.msg", "data Entry\nversions 0\nfields\n  A int32\n"));
        Assert.Equal("Entry.g.cs", Assert.Single(result.Results.Single().GeneratedSources).HintName);
    }

    private static GeneratorDriverRunResult Run(params (string Path, string Text)[] schemas)
    {
        var driver = CSharpGeneratorDriver.Create(
            [new MessageGenerator().AsSourceGenerator()],
            schemas.Select(s => new MemoryText(s.Path, s.Text)),
            optionsProvider: new MemoryOptions());
        return driver.RunGenerators(CSharpCompilation.Create("test")).GetRunResult();
    }

    private sealed class MemoryText(string path, string text) : AdditionalText
    {
        public override string Path => path;

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text);
    }

    private sealed class MemoryOptions : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new Values();

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => GlobalOptions;

        private sealed class Values : AnalyzerConfigOptions
        {
            public override bool TryGetValue(string key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? value)
            {
                value = key == "build_property.MessageSchemaNamespace" ? "My.Messages" : null;
                return value is not null;
            }
        }
    }
}
