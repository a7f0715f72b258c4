"""Makes the files in this folder: python make.py, with reportlab 5, typst 0.15, python-docx 1.2, pikepdf 10, pillow."""
from reportlab.pdfgen import canvas
from reportlab.lib.pagesizes import A4
from reportlab.platypus import SimpleDocTemplate, Paragraph, Spacer, Table, PageBreak
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
import typst, docx, pikepdf
from PIL import Image, ImageDraw
from pathlib import Path
out=str(Path(__file__).parent)+'/'
ss=getSampleStyleSheet()
body="Cells are the smallest units of life. Robert Hooke named them in 1665, after the rooms of monks, when he looked at cork through a microscope of his own making. "
doc=SimpleDocTemplate(out+'cells.pdf',pagesize=A4,invariant=1)
doc.build([Paragraph('Cells',ss['Title']),Paragraph(body*2,ss['BodyText']),Paragraph('Water enters by osmosis.',ss['BodyText']),
 Table([['Part','Found in'],['Wall','plants'],['Membrane','all cells']]),PageBreak(),Paragraph('Division',ss['Heading1']),Paragraph('Cells divide by mitosis. Größe, naïve, “quoted” — 25 °C.',ss['BodyText'])])
c=canvas.Canvas(out+'japanese.pdf',invariant=1)
pdfmetrics.registerFont(UnicodeCIDFont('HeiseiMin-W3'))
c.setFont('HeiseiMin-W3',14)
c.drawString(72,720,'大きな黒猫が寝ている。')
c.showPage()
c.save()
typst.compile(b'''#set text(lang: "en", hyphenate: true)
#set page(columns: 2, width: 14cm, height: 12cm)
#set par(justify: true)
= Osmosis
Water moves through a semipermeable membrane towards the side with the higher concentration of dissolved substances, an efficient and affordable flow without any pump. Reabsorption in the kidney depends on this, and so does the turgor of every leaf.

== Equation
The pressure is $ Pi = i c R T $ for dilute solutions.

- Isotonic solutions are balanced.
- Hypertonic solutions draw water out.
''', output=out+'osmosis.pdf')
pdf=pikepdf.open(out+'cells.pdf')
pdf.save(out+'locked.pdf',encryption=pikepdf.Encryption(owner='owner',user='secret',R=6))
pdf.save(out+'open.pdf',encryption=pikepdf.Encryption(owner='owner',user='',R=4))
im=Image.new('L',(300,100),255)
ImageDraw.Draw(im).text((10,40),'a scanned page',fill=0)
im.save(out+'picture.png')
im.save(out+'picture.jpg',quality=40)
c=canvas.Canvas(out+'scan.pdf',invariant=1)
c.drawImage(out+'picture.png',72,600)
c.showPage()
c.save()
d=docx.Document()
d.add_heading('Cells',0)
d.add_heading('Walls',1)
d.add_paragraph('Plants have cell walls; animals & fungi < differ.')

d.add_paragraph('Cellulose',style='List Bullet')
d.add_paragraph('Lignin',style='List Bullet')
t=d.add_table(2,2)
t.cell(0,0).text='Part'
t.cell(0,1).text='Found in'
t.cell(1,0).text='Wall'
t.cell(1,1).text='plants'
d.add_heading('Division',2)
p=d.add_paragraph('Cells divide by ')
p.add_run('mitosis').bold=True
p.add_run('.')
d.save(out+'cells.docx')
