using System.Collections.Immutable;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Akka.Broker.Protocol.Generator;

/// <summary>
/// Turns the project's schema files (<c>AdditionalFiles</c> ending in <c>.msg</c>) into message classes, and their <c>api</c> definitions into the
/// table <c>KnownApis</c>. The namespace is MSBuild property <c>MessageSchemaNamespace</c>. A schema error is a build error at its line.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class MessageGenerator : IIncrementalGenerator
{
    private const string Extension = ".msg";
    private const string NamespaceProperty = "build_property.MessageSchemaNamespace";

    private static readonly DiagnosticDescriptor SchemaError = new(
        "MSG001", "A message schema is wrong", "{0}", "MessageSchema", DiagnosticSeverity.Error, isEnabledByDefault: true);

    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var codeNamespace = context.AnalyzerConfigOptionsProvider.Select(static (options, _) =>
            options.GlobalOptions.TryGetValue(NamespaceProperty, out var name) && name.Length > 0 ? name : "Akka.Broker.Protocol.Messages");
        var schemas = context.AdditionalTextsProvider.Where(static file => file.Path.EndsWith(Extension, StringComparison.Ordinal));

        context.RegisterSourceOutput(schemas.Combine(codeNamespace), static (output, input) => EmitFile(output, input.Left, input.Right));
        context.RegisterSourceOutput(schemas.Collect().Combine(codeNamespace), static (output, input) => EmitTable(output, input.Left, input.Right));
    }

    private static void EmitFile(SourceProductionContext output, AdditionalText file, string codeNamespace)
    {
        try
        {
            foreach (var definition in Parse(file, output))
            {
                foreach (var message in definition.Messages)
                    output.AddSource($"{message.ClassName}.g.cs", SourceText.From(MessageEmitter.Emit(message, codeNamespace), Encoding.UTF8));
            }
        }
        catch (SchemaException error)
        {
            var position = new LinePosition(error.Line, error.Column);
            var location = Location.Create(file.Path, default, new LinePositionSpan(position, position));
            output.ReportDiagnostic(Diagnostic.Create(SchemaError, location, error.Message));
        }
    }

    private static void EmitTable(SourceProductionContext output, ImmutableArray<AdditionalText> files, string codeNamespace)
    {
        var apis = new List<Definition>();
        foreach (var file in files)
        {
            try
            {
                apis.AddRange(Parse(file, output).Where(static d => d.Kind == DefinitionKind.Api));
            }
            catch (SchemaException)
            {
                // Reported by EmitFile; the table of the others keeps follow-up errors few.
            }
        }

        if (apis.Count > 0)
            output.AddSource("KnownApis.g.cs", SourceText.From(ApiTableEmitter.Emit(apis.OrderBy(static a => a.Key).ToList(), codeNamespace), Encoding.UTF8));
    }

    private static List<Definition> Parse(AdditionalText file, SourceProductionContext output) =>
        SchemaParser.Parse(file.GetText(output.CancellationToken)?.ToString() ?? "", Path.GetFileNameWithoutExtension(file.Path));
}
